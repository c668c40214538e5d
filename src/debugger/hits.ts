import { reportOf } from '../base/errors.ts';
import { hitCondition } from '../engine/debug/hits.ts';
import type { EngineBreakpoint, Moment } from '../protocol/debug.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { Engine } from './host.ts';
import type { Position } from './moments.ts';
import type { StepRecord } from './record.ts';

/** A place in a recorded step where breakpoints hold. */
export interface Hit {
  readonly position: Position;
  readonly breakpoints: readonly number[];
}

/** A condition about several steps, e.g. `loss > 4 for 20`: the engine's to check, which has seen the steps before. */
const overSteps = /\b(?:for|every)\s+\d+/;

/** Where in a step that stands still breakpoints hold: what lies on the way of a move stops it. */
export class Hits {
  private readonly engine: Engine;
  private readonly breakpoints: Breakpoints;

  constructor(engine: Engine, breakpoints: Breakpoints) {
    this.engine = engine;
    this.breakpoints = breakpoints;
  }

  /** The first place after `from` and not after the moment `last` at which a breakpoint holds. */
  async first(record: StepRecord, from: Position, last: number): Promise<Hit | undefined> {
    const { index, instruction } = from;
    const here = record.moments[index];
    // Standing inside of a layer, there may be more instructions of it to come.
    if (here && instruction !== undefined) {
      const found = await this.at(record, here, (other) => other > instruction);
      if (found) return found;
    }
    return this.among(record, record.moments.slice(Math.max(0, index + 1), last + 1));
  }

  /** The last place before `from` at which a breakpoint holds. */
  async last(record: StepRecord, { index, instruction }: Position): Promise<Hit | undefined> {
    const here = record.moments[index];
    if (here && instruction !== undefined) {
      const found = await this.at(record, here, (other) => other < instruction);
      if (found) return found;
    }
    return this.among(record, record.moments.slice(0, index).reverse());
  }

  private async among(record: StepRecord, moments: readonly Moment[]): Promise<Hit | undefined> {
    for (const moment of moments) {
      const found = await this.at(record, moment);
      if (found) return found;
    }
    return undefined;
  }

  /** `isOpen` says which instructions count, where one stands inside of the moment. */
  private async at(
    record: StepRecord,
    moment: Moment,
    isOpen?: (instruction: number) => boolean,
  ): Promise<Hit | undefined> {
    const holding: EngineBreakpoint[] = [];
    for (const breakpoint of this.candidates(record, moment)) {
      const instruction = this.breakpoints.instructionOf(breakpoint.id);
      if (isOpen && (instruction === undefined || !isOpen(instruction))) continue;
      if (await this.stops(record, breakpoint, moment)) holding.push(breakpoint);
    }
    if (holding.length === 0) return undefined;
    const ids = holding.map(({ id }) => id);
    const position = { index: moment.index, depth: moment.parents.length };
    return { position: this.breakpoints.within(position, ids), breakpoints: ids };
  }

  private candidates(record: StepRecord, moment: Moment): readonly EngineBreakpoint[] {
    const { phase, path } = moment;
    const onData = this.breakpoints.onData.filter((breakpoint) => {
      return breakpoint.phase === phase && ownerOf(record, breakpoint.path ?? '') === path;
    });
    return [...this.breakpoints.at(moment), ...onData];
  }

  private async stops(
    record: StepRecord,
    breakpoint: EngineBreakpoint,
    moment: Moment,
  ): Promise<boolean> {
    if (!(await this.holds(breakpoint, moment))) return false;
    if (breakpoint.hitCondition === undefined) return true;
    const counts = await this.engine.request('hitCounts', null);
    let count = counts.find(({ id }) => id === breakpoint.id)?.count ?? 0;
    for (const earlier of record.moments.slice(0, moment.index + 1)) {
      const isPlace = this.candidates(record, earlier).some(({ id }) => id === breakpoint.id);
      if (isPlace && (await this.holds(breakpoint, earlier))) count++;
    }
    return hitCondition(breakpoint.hitCondition)(count);
  }

  private async holds(breakpoint: EngineBreakpoint, { path, phase }: Moment): Promise<boolean> {
    const expression = expressionOf(breakpoint);
    if (expression === undefined) return true;
    if (overSteps.test(expression)) return false;
    try {
      const request = { expression, path, phase };
      const { value, text } = await this.engine.request('evaluate', request);
      return value === undefined ? text === 'true' : value !== 0;
    } catch (error) {
      // Such as a tap that this layer does not have: it does not hold here, which was told when it was set.
      if (reportOf(error).kind === 'internal') throw error;
      return false;
    }
  }
}

/** The condition in full: that of a data breakpoint may begin with the comparison. */
function expressionOf({ kind, path, condition }: EngineBreakpoint): string | undefined {
  const isHalf = kind === 'data' && condition !== undefined && /^\s*[<>=!]/.test(condition);
  return isHalf ? `\`${path ?? ''}\` ${condition}` : condition;
}

/** The layer of `<path>.<tap>` or `<path>.<tap>.<statistic>`. */
function ownerOf(record: StepRecord, name: string): string | undefined {
  const tap = record.tap(name) ?? record.tap(name.slice(0, Math.max(0, name.lastIndexOf('.'))));
  return tap?.path;
}

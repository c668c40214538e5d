import { reportOf } from '../../base/errors.ts';
import type {
  BreakpointReport,
  EngineBreakpoint,
  FoundStep,
  LogEvent,
  Phase,
  StoppedEvent,
} from '../../protocol/debug.ts';
import { evaluate } from '../../statistics/expressions/evaluate.ts';
import { nonFiniteRule } from '../../statistics/rules/definitions.ts';
import type { LayerFacts, TapElements } from '../../statistics/rules/facts.ts';
import type { RuleMonitor } from '../../statistics/rules/monitor.ts';
import { Streaks } from '../../statistics/rules/streaks.ts';
import { rangesText, type NonFiniteError } from '../train/nonFinite.ts';
import type { StepRecord, Trainer } from '../train/trainer.ts';
import { armBreakpoint, type ArmedBreakpoint, type Target } from './breakpoints.ts';
import { ConditionTaps } from './conditionTaps.ts';
import { formatLog } from './logText.ts';
import { Places } from './places.ts';
import { findLast } from './retrospect.ts';
import { factsOf, type LastValidation } from './ruleFacts.ts';
import { StepScope, type StepNumbers, type TapLookup } from './scope.ts';
import type { StepProgram } from './stepProgram.ts';
import type { TapSpec } from './tapList.ts';
import { Tally } from './tally.ts';
import { lossPath, timelineOf } from './timeline.ts';

/** A place where a breakpoint or rule holds. */
interface Hit {
  readonly armed: ArmedBreakpoint;
  readonly phase: Phase;
  readonly path: string | undefined;
  readonly text: string | undefined;
}

/** A breakpoint with what is remembered of it. */
interface Watched {
  readonly armed: ArmedBreakpoint;
  readonly monitor: RuleMonitor | undefined;
  readonly tally: Tally;
}

/** What the inspection must know of the run. */
export interface InspectedRun {
  readonly trainer: Trainer;
  readonly validation: () => LastValidation;
  readonly log: (event: LogEvent) => void;
}

/** Checks breakpoints and rules against each step before it is accepted. */
export class Inspection {
  private readonly run: InspectedRun;
  private readonly program: Pick<StepProgram, 'list' | 'namespace'>;
  private readonly layers: readonly LayerFacts[];
  private readonly places: Places;
  private readonly taps: ConditionTaps;
  private watched: readonly Watched[] = [];
  private readonly streaks = new Streaks<Target>();
  private work: Promise<unknown> | undefined;

  constructor(run: InspectedRun, program: Pick<StepProgram, 'list' | 'namespace'>) {
    const { trainer } = run;
    const { list } = program;
    this.run = run;
    this.program = program;
    this.layers = [...list.layers].map(([path, type]) => ({ path, type }));
    const parameters = trainer.parameters.map(({ path }) => path);
    this.places = new Places(list.layers, timelineOf(trainer.options.model, parameters));
    this.taps = new ConditionTaps(trainer, list);
  }

  /** Replaces all breakpoints. */
  async set(breakpoints: readonly EngineBreakpoint[]): Promise<readonly BreakpointReport[]> {
    await this.release();
    this.watched = breakpoints.map((breakpoint) => {
      const armed = armBreakpoint(breakpoint, this.program);
      return { armed, monitor: armed.rule?.(), tally: new Tally() };
    });
    this.streaks.clear();
    return this.watched.map(({ armed }) => armed.report);
  }

  /** Where the prepared step stops, if it does. */
  inspect(record: StepRecord): Promise<StoppedEvent | undefined> {
    const work = this.check(record);
    this.work = work;
    return work;
  }

  /** How often each breakpoint held before step `step`. */
  hitsBefore(step: number): ReadonlyMap<number, number> {
    return new Map(
      this.watched.map(({ armed, tally }) => [armed.breakpoint.id, tally.before(step)]),
    );
  }

  /** Where a step stops that cannot be taken. */
  failed(error: NonFiniteError): StoppedEvent {
    const { first, brokenParameter } = error.report;
    const isBackward = first === undefined || first.tap.includes('.grad:');
    const place = brokenParameter ?? (first?.path === '' ? first.tap : first?.path) ?? '';
    const path = this.places.layerOf(place);
    const ids = this.watched
      .map(({ armed }) => armed.breakpoint)
      .filter(({ rule }) => rule === nonFiniteRule)
      .map(({ id }) => id);
    return {
      reason: 'exception',
      step: this.run.trainer.step,
      phase: isBackward ? 'backward' : path === lossPath ? 'loss' : 'forward',
      ...(path !== undefined && { path }),
      breakpoints: ids,
      text: error.message,
      error: reportOf(error),
      details: rangesText(error.report),
    };
  }

  /** The last of these steps, in their order, in which a breakpoint held. */
  findLast(history: readonly StepNumbers[]): FoundStep | undefined {
    const { trainer } = this.run;
    return findLast(
      this.watched.map(({ armed }) => armed),
      history,
      {
        namespace: this.program.namespace,
        places: this.places,
        factsOf: (numbers) => factsOf(trainer, this.layers, numbers, undefined),
      },
    );
  }

  /** Frees the runtime's memory. */
  async release(): Promise<void> {
    // A check may be under way.
    await this.work?.catch(() => undefined);
    await this.taps.release();
  }

  private async check(record: StepRecord): Promise<StoppedEvent | undefined> {
    const { step } = record;
    for (const { tally } of this.watched) tally.cut(step);
    const due = this.watched.filter(({ armed }) => step % armed.every === 0);
    if (due.length === 0) return undefined;
    const tensors = await this.taps.compute(due.flatMap(({ armed }) => armed.taps));
    const hits = due.flatMap((watched) => [
      ...this.findingOf(watched, record, tensors),
      ...this.hitsOf(watched, record, tensors),
    ]);
    return this.stopOf(hits, step);
  }

  /** The layers at which a breakpoint holds, one after the other; logpoints write. */
  private hitsOf(
    { armed, tally }: Watched,
    record: StepRecord,
    tensors: TapLookup,
  ): readonly Hit[] {
    const { breakpoint, targets, steps, every, hits } = armed;
    const { step } = record;
    const { phase, condition } = breakpoint;
    return targets.flatMap((target): readonly Hit[] => {
      const { path } = target;
      const { namespace } = this.program;
      const scope = new StepScope(namespace, path, record, this.run.trainer, tensors);
      const holds = target.condition === undefined || evaluate(target.condition, scope) === true;
      if (this.streaks.note(target, step, every, holds) < steps) return [];
      if (!hits(tally.add(step))) return [];
      if (breakpoint.log === undefined) return [{ armed, phase, path, text: condition }];
      this.run.log({ text: formatLog(target.log, scope), step, path });
      return [];
    });
  }

  private findingOf(
    { armed, monitor, tally }: Watched,
    record: StepRecord,
    tensors: TapLookup,
  ): readonly Hit[] {
    if (monitor === undefined) return [];
    const specs = new Map(armed.taps.map((tap) => [tap.name, tap]));
    const live = {
      validation: this.run.validation(),
      tap: (name: string) => elementsOf(specs.get(name), tensors),
    };
    const [finding] = monitor.check(factsOf(this.run.trainer, this.layers, record, live));
    if (finding === undefined || !armed.hits(tally.add(record.step))) return [];
    const { phase, text } = finding;
    return [{ armed, phase, path: this.places.pathOf(finding), text }];
  }

  private stopOf(hits: readonly Hit[], step: number): StoppedEvent | undefined {
    const position = ({ phase, path }: Hit): number => this.places.position(phase, path);
    const first = hits.toSorted((a, b) => position(a) - position(b))[0];
    if (first === undefined) return undefined;
    const { armed, phase, path, text } = first;
    const { kind, rule } = armed.breakpoint;
    const isRule = kind === 'rule';
    return {
      reason: isRule ? 'exception' : kind === 'data' ? 'data breakpoint' : 'breakpoint',
      step,
      phase,
      ...(path !== undefined && { path }),
      breakpoints: [...new Set(hits.map((hit) => hit.armed.breakpoint.id))],
      ...(text !== undefined && { text }),
      ...(isRule && { error: { kind: 'rule', code: rule ?? '', message: text ?? '' } as const }),
    };
  }
}

function elementsOf(tap: TapSpec | undefined, tensors: TapLookup): TapElements | undefined {
  const data = tap && tensors(tap);
  return data && { shape: tap.shape, data };
}

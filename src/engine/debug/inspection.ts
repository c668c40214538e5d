import { reportOf } from '../../base/errors.ts';
import type {
  BreakpointReport,
  EngineBreakpoint,
  FoundStep,
  LogEvent,
  Moment,
  Phase,
  StoppedEvent,
} from '../../protocol/debug.ts';
import { evaluate } from '../../statistics/expressions/evaluate.ts';
import { nonFiniteRule } from '../../statistics/rules/definitions.ts';
import type { RuleFacts } from '../../statistics/rules/facts.ts';
import type { Finding, RuleMonitor } from '../../statistics/rules/monitor.ts';
import { normWidth, ownerOf } from '../../statistics/taps.ts';
import type { NonFiniteError } from '../train/nonFinite.ts';
import type { StepRecord, Trainer } from '../train/trainer.ts';
import { armBreakpoint, type ArmedBreakpoint, type Target } from './breakpoints.ts';
import { formatLog } from './logText.ts';
import type { Namespace } from './namespace.ts';
import {
  StepScope,
  updateRatio,
  updateTensors,
  type StepNumbers,
  type TapLookup,
} from './scope.ts';
import type { StepProgram } from './stepProgram.ts';
import type { TapList, TapSpec } from './tapList.ts';
import { TapValues } from './tapValues.ts';
import { lossPath, timelineOf } from './timeline.ts';

/** A place where a breakpoint or rule holds. */
interface Hit {
  readonly armed: ArmedBreakpoint;
  readonly phase: Phase;
  readonly path: string | undefined;
  readonly text: string | undefined;
}

interface Streak {
  readonly since: number;
  readonly last: number;
}

/** Checks breakpoints and rules against each step before it is accepted. */
export class Inspection {
  readonly namespace: Namespace;
  private readonly trainer: Trainer;
  private readonly list: TapList;
  private readonly positions: ReadonlyMap<string, number>;
  private readonly log: (event: LogEvent) => void;
  private armed: readonly ArmedBreakpoint[] = [];
  private readonly streaks = new Map<Target, Streak>();
  private readonly counts = new Map<number, number>();
  /** Counts as they were before the step that was checked last. */
  private earlier: { readonly step: number; readonly counts: ReadonlyMap<number, number> } = {
    step: -1,
    counts: new Map(),
  };
  /** Runs the taps that conditions need beyond what each step yields. */
  private extra: TapValues | undefined;
  private work: Promise<unknown> | undefined;

  constructor(
    trainer: Trainer,
    { list, namespace }: Pick<StepProgram, 'list' | 'namespace'>,
    log: (event: LogEvent) => void,
  ) {
    this.trainer = trainer;
    this.list = list;
    this.log = log;
    const parameters = trainer.parameters.map(({ path }) => path);
    this.namespace = namespace;
    const moments = timelineOf(trainer.options.model, parameters);
    // From the last to the first, so that of several moments of one layer the first counts.
    this.positions = new Map(moments.toReversed().map((moment) => [keyOf(moment), moment.index]));
  }

  /** Replaces all breakpoints. */
  async set(breakpoints: readonly EngineBreakpoint[]): Promise<readonly BreakpointReport[]> {
    await this.release();
    this.armed = breakpoints.map((breakpoint) => armBreakpoint(breakpoint, this.names));
    this.streaks.clear();
    this.counts.clear();
    this.earlier = { step: -1, counts: new Map() };
    return this.armed.map(({ report }) => report);
  }

  /** Where the prepared step stops, if it does. */
  inspect(record: StepRecord): Promise<StoppedEvent | undefined> {
    const work = this.check(record);
    this.work = work;
    return work;
  }

  /** How often each breakpoint held before step `step`, which is checked next or was checked last. */
  hitsBefore(step: number): ReadonlyMap<number, number> {
    return this.earlier.step === step ? this.earlier.counts : this.counts;
  }

  private async check(record: StepRecord): Promise<StoppedEvent | undefined> {
    if (this.armed.length === 0) return undefined;
    this.earlier = { step: record.step, counts: new Map(this.counts) };
    const tensors = await this.tensors();
    const hits: Hit[] = [];
    for (const armed of this.armed) {
      if (armed.monitor) hits.push(...this.ruleHits(armed, armed.monitor, record));
      for (const target of armed.targets) {
        const scope = this.scope(target, record, tensors);
        if (!this.holds(armed, target, scope, record.step) || !this.isHit(armed)) continue;
        if (armed.breakpoint.log !== undefined) {
          this.log({ text: formatLog(target.log, scope), step: record.step, path: target.path });
        } else {
          const { phase, condition } = armed.breakpoint;
          hits.push({ armed, phase, path: target.path, text: condition });
        }
      }
    }
    return this.stopOf(hits, record.step);
  }

  /** Where a step stops that cannot be taken. */
  failed(error: NonFiniteError): StoppedEvent {
    const { first, brokenParameter } = error.report;
    const isBackward = first === undefined || first.tap.includes('.grad:');
    const place = brokenParameter ?? (first?.path === '' ? first.tap : first?.path) ?? '';
    const path = this.layerOf(place);
    const breakpoints = this.armed.filter(({ breakpoint }) => breakpoint.rule === nonFiniteRule);
    return {
      reason: 'exception',
      step: this.trainer.step,
      phase: isBackward ? 'backward' : path === lossPath ? 'loss' : 'forward',
      ...(path !== undefined && { path }),
      breakpoints: breakpoints.map(({ breakpoint }) => breakpoint.id),
      text: error.message,
      error: reportOf(error),
    };
  }

  /** The last of these steps, in their order, in which a breakpoint held. */
  findLast(history: readonly StepNumbers[]): FoundStep | undefined {
    let best: (FoundStep & { readonly position: number }) | undefined;
    for (const armed of this.armed) {
      if (armed.breakpoint.log !== undefined) continue;
      const found = armed.monitor
        ? this.lastFinding(armed, history)
        : this.lastHold(armed, history);
      if (found === undefined) continue;
      const position = this.positionOf(found.phase, found.path);
      const { id } = armed.breakpoint;
      if (best?.step === found.step) {
        const earlier = position < best.position ? { ...best, ...found, position } : best;
        best = { ...earlier, breakpoints: [...best.breakpoints, id] };
      } else if (best === undefined || found.step > best.step) {
        best = { ...found, position, breakpoints: [id] };
      }
    }
    if (best === undefined) return undefined;
    const { step, phase, path, breakpoints } = best;
    return { step, phase, breakpoints, ...(path !== undefined && { path }) };
  }

  /** Frees the runtime's memory. */
  async release(): Promise<void> {
    // A check may be under way.
    await this.work?.catch(() => undefined);
    const { extra } = this;
    this.extra = undefined;
    await extra?.release();
  }

  private get names(): { readonly namespace: Namespace; readonly layers: ReadonlySet<string> } {
    return { namespace: this.namespace, layers: this.list.layers };
  }

  private scope(target: Target, record: StepRecord, tensors: TapLookup): StepScope {
    return new StepScope(this.namespace, target.path, record, this.trainer, tensors);
  }

  private holds(
    { steps }: ArmedBreakpoint,
    target: Target,
    scope: StepScope,
    step: number,
  ): boolean {
    if (target.condition && evaluate(target.condition, scope) !== true) {
      this.streaks.delete(target);
      return false;
    }
    const before = this.streaks.get(target);
    const since = before && step - before.last <= 1 && step >= before.last ? before.since : step;
    this.streaks.set(target, { since, last: step });
    return step - since + 1 >= steps;
  }

  private isHit({ breakpoint, hits }: ArmedBreakpoint): boolean {
    const count = (this.counts.get(breakpoint.id) ?? 0) + 1;
    this.counts.set(breakpoint.id, count);
    return hits(count);
  }

  private ruleHits(armed: ArmedBreakpoint, monitor: RuleMonitor, record: StepRecord): Hit[] {
    const [finding] = monitor.check(this.factsOf(record, true));
    if (finding === undefined || !this.isHit(armed)) return [];
    return [{ armed, phase: finding.phase, path: this.pathOf(finding), text: finding.text }];
  }

  private pathOf({ path, phase }: Finding): string | undefined {
    if (path === '') return phase === 'loss' ? lossPath : undefined;
    return this.layerOf(path);
  }

  private layerOf(path: string): string | undefined {
    const { layers } = this.list;
    return layers.has(path) || path === lossPath ? path : ownerOf(path, layers);
  }

  private factsOf(numbers: StepNumbers, isLive: boolean): RuleFacts {
    const { trainer } = this;
    return {
      step: numbers.step,
      loss: numbers.loss,
      gradNorm: numbers.gradNorm,
      norms: trainer.program.norms.map(({ path, epsilon }, index) => ({
        path,
        epsilon,
        mean: numbers.norms[index * normWidth] ?? NaN,
        var: numbers.norms[index * normWidth + 1] ?? NaN,
      })),
      parameters: isLive
        ? trainer.parameters.map(({ path, shape }, index) => ({
            path,
            isMatrix: shape.length > 1,
            meanGradient: () => trainer.state.meanGradient(index),
            updateRatio: () => updateRatio(trainer, index),
          }))
        : [],
    };
  }

  private stopOf(hits: readonly Hit[], step: number): StoppedEvent | undefined {
    const position = ({ phase, path }: Hit): number => this.positionOf(phase, path);
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

  private positionOf(phase: Phase, path: string | undefined): number {
    return this.positions.get(keyOf({ phase, path: path ?? lossPath })) ?? Infinity;
  }

  private async tensors(): Promise<TapLookup> {
    const own = updateTensors(this.trainer);
    const needed = new Map<string, TapSpec>();
    for (const { targets } of this.armed) {
      for (const tap of targets.flatMap(({ needs }) => needs.flatMap(({ taps }) => taps))) {
        needed.set(tap.name, tap);
      }
    }
    if (needed.size === 0) return own;
    const { accumulate } = this.trainer.options.model.settings;
    const feeds = this.trainer.feedsOf((this.trainer.step + 1) * accumulate - 1);
    this.extra ??= await this.compileExtra([...needed.values()]);
    const values = this.extra;
    await values.run(feeds);
    return (tap) => {
      if (tap.source.kind === 'value') return values.data(tap.source.value);
      const name = tap.source.kind === 'feed' ? tap.source.name : '';
      const feed = feeds.find((binding) => binding.name === name)?.data;
      return feed instanceof Float32Array || feed instanceof Int32Array ? feed : own(tap);
    };
  }

  private compileExtra(taps: readonly TapSpec[]): Promise<TapValues> {
    const found = new Set(
      taps.flatMap(({ source }) => (source.kind === 'value' ? [source.value] : [])),
    );
    const { threads } = this.trainer.options;
    return TapValues.create(this.list.graph, [...found], threads);
  }

  private lastHold(
    armed: ArmedBreakpoint,
    history: readonly StepNumbers[],
  ): Omit<FoundStep, 'breakpoints'> | undefined {
    const { phase } = armed.breakpoint;
    let best: Omit<FoundStep, 'breakpoints'> | undefined;
    for (const target of armed.targets) {
      if (!target.needs.every(({ isHistoric }) => isHistoric)) continue;
      let streak = 0;
      for (let i = history.length - 1; i >= 0 && history[i]!.step > (best?.step ?? -1); i--) {
        const holds = this.heldIn(target, history[i]!);
        streak = holds ? streak + 1 : 0;
        if (streak < armed.steps) continue;
        best = { step: history[i + armed.steps - 1]!.step, phase, path: target.path };
        break;
      }
    }
    return best;
  }

  private heldIn({ condition, path }: Target, numbers: StepNumbers): boolean {
    if (condition === undefined) return true;
    const scope = new StepScope(this.namespace, path, numbers, undefined, () => undefined);
    return evaluate(condition, scope) === true;
  }

  private lastFinding(
    { breakpoint }: ArmedBreakpoint,
    history: readonly StepNumbers[],
  ): Omit<FoundStep, 'breakpoints'> | undefined {
    const { monitor } = armBreakpoint(breakpoint, this.names);
    if (monitor === undefined) return undefined;
    let last: Omit<FoundStep, 'breakpoints'> | undefined;
    for (const numbers of history) {
      const [finding] = monitor.check(this.factsOf(numbers, false));
      if (finding === undefined) continue;
      const path = this.pathOf(finding);
      last = { step: numbers.step, phase: finding.phase, ...(path !== undefined && { path }) };
    }
    return last;
  }
}

function keyOf({ phase, path }: Pick<Moment, 'phase' | 'path'>): string {
  return `${phase} ${path}`;
}

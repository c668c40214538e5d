import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { setImmediate } from 'node:timers/promises';
import { NormscopeError } from '../../base/errors.ts';
import type {
  AttachRequest,
  BreakpointReport,
  CompleteRequest,
  Completion,
  EngineBreakpoint,
  EvaluateRequest,
  EvaluateResult,
  FoundStep,
  GoToResult,
  Instruction,
  HitCount,
  LogEvent,
  ReplayEvent,
  StepRecordInfo,
  StoppedEvent,
  TapInfo,
  TensorPart,
  TensorRequest,
} from '../../protocol/debug.ts';
import { checkExpression } from '../../statistics/expressions/check.ts';
import { evaluate, scalarTapsOf } from '../../statistics/expressions/evaluate.ts';
import { functions } from '../../statistics/expressions/functions.ts';
import { parseExpression } from '../../statistics/expressions/parse.ts';
import type { StepStatistics } from '../runs/statisticsFile.ts';
import type { NonFiniteError } from '../train/nonFinite.ts';
import type { StepRecord, Trainer } from '../train/trainer.ts';
import { Inspection } from './inspection.ts';
import { formatValue } from './logText.ts';
import { defaultRecordBytes, Recorder } from './recorder.ts';
import type { LastValidation } from './ruleFacts.ts';
import { StepScope } from './scope.ts';
import { Snapshots } from './snapshots.ts';
import type { TapSpec } from './tapList.ts';
import type { TapArray } from './tapValues.ts';

/** A state of the run that lies on the disk. */
export interface SavedState {
  readonly step: number;
  /** Takes the trainer there. */
  restore(): void;
}

/** What a debugger must know of the run. */
export interface RunAccess {
  readonly trainer: Trainer;
  /** Steps that the run has been through, also when it stands before them now. */
  readonly reached: () => number;
  /** What was noted of each step. */
  readonly history: () => Promise<readonly StepStatistics[]>;
  /** The last saved state that is not after `step`. */
  readonly savedBefore: (step: number) => Promise<SavedState | undefined>;
  /** Takes the trainer to the beginning of the run. Throws what reading first values throws. */
  readonly begin: () => Promise<void>;
  readonly validation: () => LastValidation;
  readonly log: (event: LogEvent) => void;
  readonly replay: (event: ReplayEvent) => void;
}

const mostElements = 2 ** 20;
const mostCompletions = 200;
/** Milliseconds between two messages about how far a replay has come. */
const replayInterval = 150;

/** Debugging of one run: records, breakpoints, expressions and time travel. Used only while no step is under way. */
export class RunDebugger {
  private readonly run: RunAccess;
  private readonly recorder: Recorder;
  private readonly inspection: Inspection;
  private readonly snapshots: Snapshots;
  /** The step whose breakpoints have been checked already. */
  private passed: number | undefined;
  /** The step that the breakpoints, as they are now, have counted. */
  private counted: number | undefined;
  private shallTurnBack = false;
  private noted: Map<number, bigint | undefined> | undefined;

  constructor(run: RunAccess, request: AttachRequest) {
    const { snapshotEvery, snapshotBytes, recordBytes } = request;
    this.run = run;
    const { trainer } = run;
    this.recorder = new Recorder(trainer, recordBytes ?? defaultRecordBytes);
    this.inspection = new Inspection(run, this.recorder.program);
    this.snapshots = new Snapshots({
      ...(snapshotEvery !== undefined && { every: Math.max(1, snapshotEvery) }),
      ...(snapshotBytes !== undefined && { bytes: snapshotBytes }),
    });
    this.snapshots.take(trainer);
  }

  /** Where the prepared step stops. One that was looked at by a person goes on, but it counts, and logpoints write. */
  async inspect(record: StepRecord): Promise<StoppedEvent | undefined> {
    const { step } = record;
    const isPassed = this.passed === step;
    this.passed = step;
    if (this.counted === step) return undefined;
    this.counted = step;
    const stop = await this.inspection.inspect(record);
    return isPassed ? undefined : stop;
  }

  /** Where a step stops that cannot be taken. */
  failed(error: NonFiniteError): StoppedEvent {
    return this.inspection.failed(error);
  }

  /** After a step was taken in so many milliseconds. */
  accepted({ step, hash }: StepRecord, milliseconds: number): void {
    this.recorder.forget();
    this.noted?.set(step, hash);
    this.snapshots.offer(this.run.trainer, milliseconds);
  }

  /** The step that stands still is not checked for breakpoints any more. */
  pass(): void {
    this.passed = this.run.trainer.step;
  }

  /** Values of this step were changed: nothing of what came after it is true any more. */
  edited(): void {
    this.recorder.forget();
    this.snapshots.cut(this.run.trainer.step);
    this.noted = undefined;
    this.counted = undefined;
  }

  setBreakpoints(breakpoints: readonly EngineBreakpoint[]): Promise<readonly BreakpointReport[]> {
    this.counted = undefined;
    return this.inspection.set(breakpoints);
  }

  async record(): Promise<StepRecordInfo> {
    return (await this.recorder.record()).info;
  }

  /** See `DebugMethods.instructions`. */
  instructions(): Promise<readonly Instruction[]> {
    return this.recorder.instructions();
  }

  /** See `DebugMethods.describe`. Throws `no-such-tap`. */
  async describe(tap: string): Promise<TapInfo> {
    await this.recorder.record();
    return this.recorder.describe(this.tapNamed(tap));
  }

  /** See `DebugMethods.tensor`. Throws `no-such-tap`. */
  async tensor({ tap, offset, count }: TensorRequest): Promise<TensorPart> {
    await this.recorder.record();
    const data = await this.recorder.data(this.tapNamed(tap));
    const end = offset + Math.min(count, mostElements);
    return { data: data.slice(offset, end), total: data.length };
  }

  /** Throws `bad-expression`. */
  async evaluate({ expression, path }: EvaluateRequest): Promise<EvaluateResult> {
    const { recorder } = this;
    const { info, step } = await recorder.record();
    const { namespace } = recorder.program;
    const checked = checkExpression(parseExpression(expression), namespace.at(path));
    const loaded = new Map<string, TapArray>();
    for (const { name } of scalarTapsOf(checked)) {
      const meaning = namespace.resolve(name, path);
      if (meaning?.kind !== 'tap') continue;
      if (meaning.tap.source.kind === 'update' && step === undefined) continue;
      loaded.set(meaning.tap.name, await recorder.data(meaning.tap));
    }
    const numbers = step ?? { ...info, norms: new Float32Array() };
    const trainer = step && this.run.trainer;
    const scope = new StepScope(namespace, path, numbers, trainer, ({ name }) => loaded.get(name));
    const value = evaluate(checked, scope);
    const text = formatValue(value);
    if (typeof value === 'boolean') return { text, type: 'boolean' };
    if (typeof value === 'number') return { text, type: 'number', value };
    const { root } = checked;
    const meaning = root.kind === 'name' ? namespace.resolve(root.name, path) : undefined;
    const tap = meaning?.kind === 'tap' ? meaning.tap : undefined;
    const type = `${tap?.dtype ?? 'float64'} [${value.shape.join(', ')}]`;
    return { text, type, shape: value.shape, ...(tap && { tap: tap.name }) };
  }

  complete({ text, column, path }: CompleteRequest): readonly Completion[] {
    const { namespace, list } = this.recorder.program;
    const word = /[\w.:]*$/.exec(text.slice(0, column))?.[0] ?? '';
    const own = namespace.own(path).map((label) => ({ label, detail: path ?? 'tap' }));
    const numbers = ['step', 'loss', 'lr', 'gradNorm'].map((label) => ({
      label,
      detail: l10n.t('number of this step'),
    }));
    const calls = [...functions.entries()].map(([label, { signature, doc }]) => ({
      label,
      detail: `${signature}: ${l10n.t(doc)}`,
    }));
    const derived = [
      {
        label: 'grad',
        detail: l10n.t('grad(x): gradient of the loss with respect to a tap or parameter'),
      },
      { label: 'update', detail: l10n.t('update(w): what this step adds to a parameter') },
      { label: 'updateRatio', detail: 'updateRatio(w): log10(std(ΔW) / std(W))' },
    ];
    const paths = [...list.taps.values()].map(({ name, dtype, shape }) => ({
      label: name,
      detail: `${dtype} [${shape.join(', ')}]`,
    }));
    const found = new Map<string, Completion>();
    for (const candidate of [...own, ...numbers, ...calls, ...derived, ...paths]) {
      const { label } = candidate;
      if (found.size >= mostCompletions) break;
      if (label.toLowerCase().startsWith(word.toLowerCase()) && !found.has(label)) {
        found.set(label, candidate);
      }
    }
    return [...found.values()];
  }

  /** Steps of the snapshots in memory, ascending. */
  get snapshotSteps(): readonly number[] {
    return this.snapshots.steps;
  }

  /** See `DebugMethods.hitCounts`. */
  hitCounts(): readonly HitCount[] {
    const counts = this.inspection.hitsBefore(this.run.trainer.step);
    return [...counts].map(([id, count]) => ({ id, count }));
  }

  /** See `DebugMethods.cancelGoTo`. */
  cancelGoTo(): void {
    this.shallTurnBack = true;
  }

  /** See `DebugMethods.goTo`. Throws `step-ahead`, `replay-cancelled`. */
  async goTo(step: number): Promise<GoToResult> {
    const { trainer } = this.run;
    if (!Number.isSafeInteger(step) || step < 0 || step > this.run.reached()) {
      throw new NormscopeError(
        'input',
        'step-ahead',
        l10n.t(
          'Step {0} has not been reached: the run has taken {1}. Train on to get there.',
          step,
          counted.steps(this.run.reached()),
        ),
      );
    }
    this.passed = undefined;
    this.counted = undefined;
    this.recorder.forget();
    const noted = await this.hashes();
    let verified = await this.start(step);
    let replayed = 0;
    const from = trainer.step;
    let told = performance.now();
    this.shallTurnBack = false;
    while (trainer.step < step) {
      if (this.isCancelled()) {
        const message = l10n.t(
          'The way to step {0} was cancelled at step {1}.',
          step,
          trainer.step,
        );
        throw new NormscopeError('input', 'replay-cancelled', message);
      }
      if (performance.now() - told > replayInterval) {
        told = performance.now();
        this.run.replay({ from, step: trainer.step, to: step });
      }
      const { step: taken, hash } = await trainer.takeStep();
      replayed++;
      verified &&= noted.get(taken) === hash;
      this.snapshots.offer(trainer, 0);
      // Signs of life go out.
      await setImmediate();
    }
    if (step > 0) verified &&= noted.get(step - 1) === trainer.state.hash();
    return { step, replayed, verified };
  }

  /** See `DebugMethods.findBack`. */
  async findBack(): Promise<FoundStep | null> {
    const { step } = this.run.trainer;
    const history = await this.run.history();
    return this.inspection.findLast(history.filter((past) => past.step < step)) ?? null;
  }

  async dispose(): Promise<void> {
    await this.inspection.release();
    await this.recorder.dispose();
  }

  /**
   * What is fed where a target says so in other words: a tap that is a parameter or tensor of the batch, or what the latter is for
   * (`input`, `targets`).
   */
  fedName(target: string): string {
    const role = target === 'targets' ? 'target' : target;
    const fed = this.run.trainer.program.batch.find((tensor) => tensor.role === role);
    const source = this.recorder.program.list.taps.get(target)?.source;
    return fed?.name ?? (source?.kind === 'feed' ? source.name : target);
  }

  /** The hash that was noted after each step; read from the run's file once. */
  private async hashes(): Promise<ReadonlyMap<number, bigint | undefined>> {
    this.noted ??= new Map((await this.run.history()).map(({ step, hash }) => [step, hash]));
    return this.noted;
  }

  private isCancelled(): boolean {
    return this.shallTurnBack;
  }

  private tapNamed(name: string): TapSpec {
    const { taps, operands } = this.recorder.program.list;
    const found = taps.get(name) ?? operands.get(name);
    if (found) return found;
    throw new NormscopeError(
      'input',
      'no-such-tap',
      l10n.t('There is no tap {0} in this step.', name),
    );
  }

  /** Brings the trainer to a state that is not after `step`; whether it is what it was. */
  private async start(step: number): Promise<boolean> {
    const { trainer } = this.run;
    const snapshot = this.snapshots.before(step);
    const isBehind = trainer.step <= step;
    if (isBehind && trainer.step >= (snapshot?.step ?? 0)) return true;
    const saved = await this.run.savedBefore(step);
    if (snapshot && snapshot.step >= (saved?.step ?? 0)) {
      trainer.adopt(snapshot.state, snapshot.step);
      return trainer.state.hash() === snapshot.hash;
    }
    // Also of a run that was attached to late: nothing before is lost.
    if (saved === undefined) await this.run.begin();
    else saved.restore();
    return true;
  }
}

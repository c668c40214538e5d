import { NormscopeError, type ErrorReport } from '../../src/base/errors.ts';
import { Emitter } from '../../src/base/lifetime.ts';
import type { DebuggedRun } from '../../src/debugger/host.ts';
import { checkModel } from '../../src/language/check/check.ts';
import type { Item } from '../../src/language/layers/definition.ts';
import type {
  Container,
  EngineBreakpoint,
  Instruction,
  Moment,
  StepRecordInfo,
  TapInfo,
} from '../../src/protocol/debug.ts';
import { tensorStatistics } from '../../src/statistics/definitions.ts';

/** Two residual blocks between two Linear layers; lines of layers: 3, 8, 10, 13 (each twice) and 14. */
export const smallModel = `model: small
layers:
  - Linear: { out_features: 4, name: start }
  - Repeat:
      times: 2
      name: blocks
      body:
        - Residual:
            name: main
            norm: { LayerNorm: {} }
            placement: pre
            body:
              - Linear: { out_features: 4 }
  - Linear: { out_features: 2, name: end }
train:
  data: { two-spirals: {} }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1 } }
  batch: 2
  steps: 5
`;

export const smallSteps = 5;
const shape = [2, 4];

/** The moments of a model as the engine gives them: a Residual stands at its sum, behind what is in it. */
export function momentsOf(text: string): readonly Moment[] {
  const { tree } = checkModel(text);
  const visit = (item: Item, parents: readonly Container[]): Omit<Moment, 'index' | 'phase'>[] => {
    const { path, type, range } = item;
    const own = { path, type, line: range.start.line };
    const inside = Object.values(item.parts).flat();
    const inner = inside.flatMap((child) => visit(child, [...parents, own]));
    const isPlace = inside.length === 0 || type === 'Residual';
    return isPlace ? [...inner, { ...own, parents }] : inner;
  };
  const layers = tree.items.flatMap((item) => visit(item, []));
  const loss = { path: 'loss', type: 'CrossEntropyLoss', line: tree.loss!.line, parents: [] };
  const update = layers
    .filter(({ type }) => type !== 'Residual')
    .map((layer) => ({ ...layer, parameter: `${layer.path}.weight` }));
  return [
    ...layers.map((moment) => ({ ...moment, phase: 'forward' as const })),
    { ...loss, phase: 'loss' as const },
    ...layers.toReversed().map((moment) => ({ ...moment, phase: 'backward' as const })),
    ...update.map((moment) => ({ ...moment, phase: 'update' as const })),
  ].map((moment, index) => ({ ...moment, index }));
}

/** Element `index` of every tap in step `step`. */
export function elementAt(step: number, index: number): number {
  return step + index / 4;
}

function tapsOf(moments: readonly Moment[], step: number): readonly TapInfo[] {
  const data = Float32Array.from({ length: 8 }, (_, index) => elementAt(step, index));
  const statistics = tensorStatistics(data);
  const tap = (path: string, name: string): TapInfo => ({
    name: `${path}.${name}`,
    path,
    tap: name,
    shape,
    dtype: 'float32',
    statistics,
    isKept: true,
  });
  return moments.flatMap(({ path, phase, type }) => {
    if (phase !== 'forward') return [];
    const names =
      type === 'Residual' ? ['skip', 'branch', 'sum'] : ['in', 'out', 'grad:out', 'param:weight'];
    return names.map((name) => tap(path, name));
  });
}

/** Two operations for each moment, and one in front that belongs to none. */
function instructionsOf(text: string): readonly Instruction[] {
  const moments = momentsOf(text).flatMap((moment) => [moment, moment]);
  return [undefined, ...moments].map((moment, index) => ({
    index,
    phase: moment?.phase ?? 'forward',
    op: 'Add',
    attributes: '',
    inputs: [{ name: `%${index}`, shape, dtype: 'float32' }],
    outputs: [{ name: `%${index + 1}`, shape, dtype: 'float32' }],
    path: moment?.path ?? '',
    line: moment?.line ?? 0,
    ...(moment && { moment: moment.index }),
  }));
}

export function recordOf(text: string, step: number): StepRecordInfo {
  const moments = momentsOf(text);
  const taps = tapsOf(moments, step);
  return { step, loss: 1, lr: 0.1, gradNorm: 2, moments, taps, milliseconds: 1, bytes: 1 };
}

/** An engine in memory that takes steps without computing anything, and stops at breakpoints without conditions. */
export class FakeEngine {
  step = 0;
  /** The furthest step that it was at. */
  private reached = 0;
  /** A journey then takes until it is cancelled. */
  replayUntilCancelled = false;
  breakpoints: readonly EngineBreakpoint[] = [];
  private state: 'ready' | 'training' | 'paused' | 'ended' = 'ready';
  private pauseAt = Infinity;
  private readonly events = new Map<string, Emitter<unknown>>();
  readonly lost = new Emitter<ErrorReport>();

  readonly run: DebuggedRun = {
    engine: {
      request: (method, parameter) => this.answer(method, parameter),
      on: (event, listener) => this.emitter(event).on(listener as (payload: unknown) => void),
      onLost: (listener) => this.lost.on(listener),
    },
    info: {
      id: 'run-1',
      directory: '/nowhere',
      modelPath: '/nowhere/small.model.yaml',
      modelName: 'small',
      step: 0,
      steps: smallSteps,
      seed: 1,
      threads: 1,
      parameters: 100,
      norms: [],
      compileMilliseconds: 1,
    },
    modelText: smallModel,
    overrides: [],
    isTraining: false,
    stop: () => {
      this.end();
      return Promise.resolve();
    },
    release: () => undefined,
  };

  private emitter(name: string): Emitter<unknown> {
    const emitter = this.events.get(name) ?? new Emitter();
    this.events.set(name, emitter);
    return emitter;
  }

  private fire(name: string, payload: unknown): void {
    this.emitter(name).fire(payload);
  }

  private async answer(method: string, parameter: unknown): Promise<never> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    const methods = this.methods as Record<string, (parameter: never) => unknown>;
    const answer = methods[method];
    if (answer === undefined) throw new Error(`no method ${method}`);
    return answer(parameter as never) as never;
  }

  private readonly methods = {
    attach: () => null,
    detach: () => null,
    record: () => recordOf(smallModel, this.step),
    instructions: () => instructionsOf(smallModel),
    describe: ({ tap }: { readonly tap: string }) => {
      const { taps } = recordOf(smallModel, this.step);
      const known = taps.find(({ name }) => name === tap);
      return known ?? { ...taps[0]!, name: tap, path: '', tap };
    },
    savedSteps: () => ({ snapshots: [0], checkpoints: [this.step] }),
    hitCounts: () => this.breakpoints.map(({ id }) => ({ id, count: this.step })),
    cancelGoTo: () => {
      this.replayUntilCancelled = false;
      return null;
    },
    setBreakpoints: ({ breakpoints }: { readonly breakpoints: readonly EngineBreakpoint[] }) => {
      this.breakpoints = breakpoints;
      return breakpoints.map(({ id }) => ({ id, verified: true, cost: 'none' }));
    },
    tensor: ({ offset, count }: { readonly offset: number; readonly count: number }) => {
      const data = Float32Array.from({ length: 8 }, (_, index) => elementAt(this.step, index));
      return { data: data.slice(offset, offset + count), total: 8 };
    },
    evaluate: ({ expression }: { readonly expression: string }) => {
      const value = Number(expression);
      if (Number.isNaN(value)) throw new NormscopeError('input', 'expression', 'not a number');
      return { text: expression, type: 'number', value };
    },
    complete: () => [{ label: 'var', detail: 'variance' }],
    goTo: async ({ step }: { readonly step: number }) => {
      if (this.replayUntilCancelled) return this.replay(step);
      this.reached = Math.max(this.reached, this.step);
      if (step > this.reached) throw new NormscopeError('input', 'step-ahead', 'not there yet');
      this.step = step;
      return { step, replayed: step, verified: true };
    },
    findBack: () => null,
    setValue: ({ value }: { readonly value: number }) => ({ text: String(value) }),
    acceptStep: () => {
      this.step++;
      if (this.step === smallSteps) this.end();
      return this.status();
    },
    train: ({ steps = Infinity }: { readonly steps?: number }) => {
      this.pauseAt = this.step + steps;
      if (this.state === 'training') return null;
      this.state = 'training';
      this.fire('status', this.status());
      setTimeout(() => this.train(), 0);
      return null;
    },
    pause: () => {
      if (this.state === 'training') this.state = 'paused';
      this.fire('status', this.status());
      return { step: this.step };
    },
    stop: () => this.end(),
  };

  private async replay(to: number): Promise<never> {
    this.step = 1;
    this.fire('replay', { from: 0, step: this.step, to });
    while (this.replayUntilCancelled) await new Promise((resolve) => setTimeout(resolve, 1));
    throw new NormscopeError('input', 'replay-cancelled', 'cancelled at step 1');
  }

  private train(): void {
    if (this.state !== 'training') return;
    this.step++;
    if (this.step >= smallSteps) {
      this.end();
      return;
    }
    if (this.step >= this.pauseAt) {
      this.methods.pause();
      return;
    }
    const hit = this.breakpoints.find(({ kind, phase }) => kind === 'line' && phase === 'forward');
    if (hit?.path === undefined) {
      setTimeout(() => this.train(), 0);
      return;
    }
    this.state = 'paused';
    this.fire('status', this.status());
    this.fire('stopped', {
      reason: 'breakpoint',
      step: this.step,
      phase: 'forward',
      path: hit.path,
      breakpoints: [hit.id],
    });
  }

  private end(): null {
    if (this.state === 'ended') return null;
    this.state = 'ended';
    this.fire('status', this.status());
    this.fire('end', { steps: this.step });
    return null;
  }

  private status() {
    return { state: this.state, step: this.step, stepsPerSecond: 0 };
  }
}

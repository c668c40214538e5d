import type { BufferSpec, ParameterSpec } from '../../compiler/passes/programs.ts';
import { sizeOf } from '../../compiler/graph/types.ts';
import type { OptimizerSettings } from '../../language/settings.ts';
import { paddedBytes, type Kernel } from '../kernel/kernel.ts';
import type { MemoryPlan, Region } from '../kernel/memory.ts';
import { updateBuffers } from './buffers.ts';
import { clipFactor, decayOf, stateSlots, updateTensor, type TensorSet } from './optimizer.ts';

/** Places of everything that a training step reads and writes, per parameter in the program's order. */
export interface StatePlan {
  readonly parameters: readonly ParameterSpec[];
  readonly slots: readonly string[];
  readonly sets: readonly [readonly TensorSet[], readonly TensorSet[]];
  readonly buffers: readonly BufferSpec[];
  /** Places of the buffers in either set. */
  readonly bufferSets: readonly [readonly Region[], readonly Region[]];
  readonly gradients: readonly Region[];
  /** Sums of gradients over the batches of a step; absent when a step has one batch. */
  readonly sums: readonly Region[] | undefined;
  /** Room for a few float64 results. */
  readonly results: Region;
}

export function planState(
  plan: MemoryPlan,
  parameters: readonly ParameterSpec[],
  optimizer: OptimizerSettings,
  accumulate: number,
  buffers: readonly BufferSpec[] = [],
): StatePlan {
  const slots = stateSlots(optimizer);
  const regions = (): Region[] => parameters.map(({ shape }) => plan.reserve(sizeOf(shape)));
  const set = (): readonly [readonly TensorSet[], readonly Region[]] => {
    const values = regions();
    const states = slots.map(regions);
    const tensors = values.map((parameter, index) => ({
      parameter,
      states: states.map((slot) => slot[index]!),
    }));
    return [tensors, buffers.map(({ shape }) => plan.reserve(sizeOf(shape)))];
  };
  const [first, firstBuffers] = set();
  const [second, secondBuffers] = set();
  return {
    parameters,
    slots,
    sets: [first, second],
    buffers,
    bufferSets: [firstBuffers, secondBuffers],
    gradients: regions(),
    sums: accumulate > 1 ? regions() : undefined,
    results: plan.reserve(16),
  };
}

type Quadruple = readonly [number, number, number, number];

/** What an update found out. */
export interface UpdateOutcome {
  /** 2-norm of all gradients together, before clipping. */
  readonly gradNorm: number;
  /** Path of the first parameter that finite gradients made non-finite. */
  readonly broken: string | undefined;
  /** `hash` of what the update made of parameters and buffers. */
  readonly hash: bigint;
}

/**
 * Parameters, buffers and optimizer state in two sets. An update reads the current set and writes the other; only `accept` makes the
 * other one current, so that until then the step can be looked at, repeated or dropped.
 */
export class TrainingState {
  readonly plan: StatePlan;
  readonly kernel: Kernel;
  private optimizer: OptimizerSettings;
  private clip: number | undefined;
  private decays: readonly number[];
  private side: 0 | 1 = 0;
  /** Steps accepted so far. */
  step = 0;

  constructor(
    kernel: Kernel,
    plan: StatePlan,
    optimizer: OptimizerSettings,
    clip: number | undefined,
  ) {
    this.kernel = kernel;
    this.plan = plan;
    this.optimizer = optimizer;
    this.clip = clip;
    this.decays = plan.parameters.map((parameter) => decayOf(optimizer, parameter));
  }

  /** Which of the two sets is current. */
  get current(): 0 | 1 {
    return this.side;
  }

  /** The current values of parameter `index`; a view that the next accepted step leaves as it is and the one after overwrites. */
  parameter(index: number): Float32Array {
    return this.kernel.float32(this.plan.sets[this.side][index]!.parameter);
  }

  /** The current values of buffer `index`; a view, as of a parameter. */
  buffer(index: number): Float32Array {
    return this.kernel.float32(this.plan.bufferSets[this.side][index]!);
  }

  /** What the last update made of parameter `index`, not accepted yet; a view. */
  updated(index: number): Float32Array {
    return this.kernel.float32(this.plan.sets[this.other][index]!.parameter);
  }

  /** Changes what the coming updates are made with; the optimizer must be of the same type. */
  configure(optimizer: OptimizerSettings, clip: number | undefined): void {
    this.optimizer = optimizer;
    this.clip = clip;
    this.decays = this.plan.parameters.map((parameter) => decayOf(optimizer, parameter));
  }

  /** State tensor `slot` of parameter `index`. */
  optimizerState(slot: number, index: number): Float32Array {
    return this.kernel.float32(this.plan.sets[this.side][index]!.states[slot]!);
  }

  /** Where the runtime writes the gradient of parameter `index` for one batch. */
  batchGradient(index: number): Float32Array {
    return this.kernel.float32(this.plan.gradients[index]!);
  }

  /** The step's gradient of parameter `index`: that of its batch, or the mean over its batches. */
  gradient(index: number): Float32Array {
    return this.kernel.float32(this.gradientRegion(index));
  }

  /** The place of `gradient`; or of the last batch's alone. */
  gradientRegion(index: number, isBatch = false): Region {
    return (isBatch ? this.plan.gradients : this.gradientRegions())[index]!;
  }

  /** Adds the gradients of one batch of `batches` to the step's mean; nothing to do when a step is one batch. */
  accumulate(batch: number, batches: number): void {
    const { sums, gradients } = this.plan;
    if (sums === undefined) return;
    const { scaleInto, addScaled } = this.kernel.run;
    const add = batch === 0 ? scaleInto : addScaled;
    gradients.forEach((gradient, index) => {
      add(sums[index]!.address, gradient.address, gradient.length, 1 / batches);
    });
  }

  /** Moves the buffers on by batch `batch` of the step, into the set that is not current. */
  moveBuffers(batch: number, statistics: Float32Array): void {
    const { buffers, bufferSets } = this.plan;
    if (buffers.length === 0) return;
    const views = (side: 0 | 1): readonly Float32Array[] =>
      bufferSets[side].map((region) => this.kernel.float32(region));
    const into = views(this.other);
    updateBuffers(buffers, batch === 0 ? views(this.side) : into, into, statistics);
  }

  /**
   * Clips and updates into the set that is not current. Norm and hash are gathered in the same pass over memory; only a norm that
   * clips must be known before.
   */
  update(lr: number): UpdateOutcome {
    const { kernel, optimizer, decays, clip } = this;
    const { run } = kernel;
    const gradients = this.gradientRegions();
    const scale = clip === undefined ? 1 : clipFactor(this.gradientNorm(), clip);
    const update = { step: this.step, lr, scale };
    const from = this.plan.sets[this.side];
    const into = this.plan.sets[this.other];
    let squares = 0;
    let broken: string | undefined;
    let hash = 0n;
    gradients.forEach((gradient, index) => {
      const [old, updated] = [from[index]!, into[index]!];
      run.beginGathering(hash);
      const finite = updateTensor(
        kernel,
        optimizer,
        decays[index]!,
        gradient,
        old,
        updated,
        update,
      );
      if (!finite) broken ??= this.plan.parameters[index]!.path;
      squares += run.gatheredSquares();
      hash = run.gatheredHash(gradient.length);
    });
    const whole = this.hashOf(this.plan.bufferSets[this.other], hash);
    const gradNorm = Math.sqrt(squares);
    // What a gradient that is not finite makes of a parameter is no news.
    return { gradNorm, broken: Number.isFinite(gradNorm) ? broken : undefined, hash: whole };
  }

  /** Makes the updated set the current one. */
  accept(): void {
    this.side = this.other;
    this.step++;
  }

  /** A hash of 64 bits over all current parameters and buffers. */
  hash(): bigint {
    const parameters = this.plan.sets[this.side].map(({ parameter }) => parameter);
    return this.hashOf([...parameters, ...this.plan.bufferSets[this.side]], 0n);
  }

  /** Mean magnitude of the step's gradient of parameter `index`. */
  meanGradient(index: number): number {
    const { address, length } = this.gradientRegions()[index]!;
    return this.kernel.run.sumOfMagnitudes(address, length) / length;
  }

  /** Standard deviations of parameter `index` and of what the last update, not accepted yet, adds to it. */
  updateDeviations(index: number): { readonly parameter: number; readonly update: number } {
    const { results, sets } = this.plan;
    const { address, length } = sets[this.side][index]!.parameter;
    const updated = sets[this.other][index]!.parameter.address;
    this.kernel.run.updateMoments(address, updated, length, results.address);
    const [w1, w2, u1, u2] = this.kernel.float64(results) as unknown as Quadruple;
    const deviation = (sum: number, squares: number): number =>
      Math.sqrt(Math.max(0, squares / length - (sum / length) ** 2));
    return { parameter: deviation(w1, w2), update: deviation(u1, u2) };
  }

  /** No step taken, and nothing kept by the optimizer. */
  begin(): void {
    // Memory that was never written is zero already.
    if (this.step > 0) {
      for (const { states } of this.plan.sets[this.side]) {
        for (const region of states) this.kernel.float32(region).fill(0);
      }
    }
    this.step = 0;
  }

  /** Parameters, buffers and optimizer state as bytes. */
  snapshot(): Uint8Array {
    const [start, end] = this.range();
    return this.kernel.bytes.slice(start, end);
  }

  /** Goes back to a snapshot that was taken after `step` steps. */
  adopt(snapshot: Uint8Array, step: number): void {
    this.kernel.bytes.set(snapshot, this.range()[0]);
    this.step = step;
  }

  /** The bytes of the current set, which was planned in one piece. */
  private range(): readonly [number, number] {
    const tensors = this.plan.sets[this.side];
    const regions = [
      ...tensors.flatMap(({ parameter, states }) => [parameter, ...states]),
      ...this.plan.bufferSets[this.side],
    ];
    return [
      Math.min(...regions.map(({ address }) => address)),
      Math.max(...regions.map((region) => region.address + paddedBytes(region))),
    ];
  }

  private get other(): 0 | 1 {
    return this.side === 0 ? 1 : 0;
  }

  private hashOf(regions: readonly Region[], seed: bigint): bigint {
    const { hash } = this.kernel.run;
    const whole = regions.reduce((held, { address, length }) => hash(address, length, held), seed);
    return BigInt.asUintN(64, whole);
  }

  /** 2-norm of all gradients together. */
  private gradientNorm(): number {
    const { sumOfSquares } = this.kernel.run;
    const squares = this.gradientRegions().reduce(
      (sum, { address, length }) => sum + sumOfSquares(address, length),
      0,
    );
    return Math.sqrt(squares);
  }

  private gradientRegions(): readonly Region[] {
    return this.plan.sums ?? this.plan.gradients;
  }
}

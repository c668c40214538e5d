import type { Program, TrainingProgram } from '../../compiler/passes/programs.ts';
import type { MaskTarget } from '../kernel/dropout.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Region } from '../kernel/memory.ts';
import type { TensorBinding } from '../runtime/session.ts';
import type { TrainingState } from './state.ts';

/** Parameters and buffers of one of the two sets, as a program is fed with them. */
export function parameterFeeds(
  { plan, kernel }: TrainingState,
  side: 0 | 1,
): readonly TensorBinding[] {
  const feed = (
    { path, shape }: { readonly path: string; readonly shape: readonly number[] },
    region: Region,
  ): TensorBinding => ({ name: path, dtype: 'float32', shape, data: kernel.float32(region) });
  return [
    ...plan.parameters.map((one, index) => feed(one, plan.sets[side][index]!.parameter)),
    ...plan.buffers.map((one, index) => feed(one, plan.bufferSets[side][index]!)),
  ];
}

/** Dropout masks, as a program is fed with them. */
export function maskFeeds(
  { masks }: Pick<Program, 'masks'>,
  kernel: Kernel,
  targets: readonly MaskTarget[],
): readonly TensorBinding[] {
  return masks.map(({ name, dtype, shape }, index) => ({
    name,
    dtype,
    shape,
    data: kernel.float32(targets[index]!.region),
  }));
}

/** Where a program writes the gradients of a batch. */
export function gradientFetches(
  { parameters }: Pick<TrainingProgram, 'parameters'>,
  state: TrainingState,
): readonly TensorBinding[] {
  return parameters.map(({ path, shape }, index) => ({
    name: `grad:${path}`,
    dtype: 'float32',
    shape,
    data: state.batchGradient(index),
  }));
}

/** Where a program writes a scalar. */
export function scalarFetch(name: string, data: Float32Array): TensorBinding {
  return { name, dtype: 'float32', shape: [], data };
}

/** Where a program writes vectors, by name; empty ones are not among its outputs. */
export function vectorFetches(
  vectors: Readonly<Record<string, Float32Array>>,
): readonly TensorBinding[] {
  return Object.entries(vectors)
    .filter(([, data]) => data.length > 0)
    .map(([name, data]) => ({ name, dtype: 'float32', shape: [data.length], data }));
}

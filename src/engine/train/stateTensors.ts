import { setImmediate } from 'node:timers/promises';
import type { Program } from '../../compiler/passes/programs.ts';
import type { NamedTensor } from '../data/safetensors.ts';
import type { RandomSource } from '../kernel/randomSource.ts';
import { bufferFrom, initialize, tensorFor } from './initialize.ts';
import type { TrainingState } from './state.ts';

type Named = Pick<Program, 'parameters' | 'buffers'>;

/** Current parameters, then buffers, by PyTorch's state-dict names; views. */
export function parameterTensors(
  { parameters, buffers }: Named,
  state: TrainingState,
): readonly NamedTensor[] {
  return [
    ...parameters.map(({ path, shape }, index) => ({
      name: path,
      shape,
      data: state.parameter(index),
    })),
    ...buffers.map(({ path, shape, average }, index) => ({
      name: path,
      shape,
      data: state.buffer(index),
      ...(!average && { dtype: 'I64' as const }),
    })),
  ];
}

/** Current optimizer state as `optimizer:<slot>:<path>`; views. */
export function optimizerTensors(
  { parameters }: Named,
  state: TrainingState,
): readonly NamedTensor[] {
  return state.plan.slots.flatMap((slot, slotIndex) =>
    parameters.map(({ path, shape }, index) => ({
      name: `optimizer:${slot}:${path}`,
      shape,
      data: state.optimizerState(slotIndex, index),
    })),
  );
}

/**
 * Parameters and buffers as a training begins with them: as `initial` has them, else each parameter drawn from the stream that
 * `draw` gives for its path. Throws `init-missing`, `init-shape`.
 */
export async function writeFirstValues(
  { parameters, buffers }: Named,
  state: TrainingState,
  draw: (path: string) => RandomSource,
  initial: ReadonlyMap<string, NamedTensor> | undefined,
): Promise<void> {
  for (const [index, parameter] of parameters.entries()) {
    // A large model takes seconds: between two pieces of work this process shows that it lives.
    await setImmediate();
    const values = state.parameter(index);
    if (initial) values.set(tensorFor(parameter, initial).data);
    else initialize(values, parameter.shape, parameter.initializer, draw(parameter.path));
  }
  buffers.forEach((buffer, index) => {
    const given = initial && bufferFrom(buffer, initial);
    if (given) state.buffer(index).set(given.data);
    else state.buffer(index).fill(buffer.initial);
  });
}

import type { BufferUpdate } from '../../compiler/graph/model.ts';
import type { Value } from '../../compiler/graph/types.ts';
import type { Channelled } from './channels.ts';
import type { LayerContext } from './definition.ts';

/** Mean and variance of every channel as training has averaged them. */
interface Running {
  readonly mean: Value;
  readonly variance: Value;
}

/** The buffers `running_mean` and `running_var`, in the order of PyTorch's state dict. */
export function keepRunning(
  context: LayerContext,
  { channels }: Channelled,
  update: (which: 'mean' | 'variance') => BufferUpdate | undefined,
): Running {
  return {
    mean: context.buffer('running_mean', [channels], 0, update('mean')),
    variance: context.buffer('running_var', [channels], 1, update('variance')),
  };
}

/** Normalizes by running statistics, as evaluation does. */
export function normalizeByRunning(
  context: LayerContext,
  { value }: Channelled,
  { mean, variance }: Running,
  { gain, bias }: { readonly gain: Value; readonly bias: Value },
  epsilon: number,
): Value {
  const inputs = [value, gain, bias, mean, variance];
  const output = context.g.op('BatchNormalization', inputs, { training_mode: 0, epsilon });
  context.norm({ input: value, output, epsilon, channels: { mean, variance, gain, bias } });
  return output;
}

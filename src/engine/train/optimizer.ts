import type { ParameterSpec } from '../../compiler/passes/programs.ts';
import type { OptimizerSettings } from '../../language/settings.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Region } from '../kernel/memory.ts';

/** Names of the state tensors that an optimizer keeps per parameter, as PyTorch calls them. */
export function stateSlots(settings: OptimizerSettings): readonly string[] {
  if (settings.type === 'SGD') return settings.momentum === 0 ? [] : ['momentum_buffer'];
  return ['exp_avg', 'exp_avg_sq'];
}

/** One parameter with its optimizer state, in one of the two sets. */
export interface TensorSet {
  readonly parameter: Region;
  /** One per state slot. */
  readonly states: readonly Region[];
}

/** What one update needs besides the tensors. */
export interface UpdateStep {
  /** Number of this step, from 0. */
  readonly step: number;
  readonly lr: number;
  /** Multiplies every gradient: the clip factor. */
  readonly scale: number;
}

/** Weight decay of one parameter: `matrices` spares vectors (biases and gains), as is usual for transformers. */
export function decayOf(settings: OptimizerSettings, parameter: ParameterSpec): number {
  const decays = settings.decay === 'all' || parameter.shape.length >= 2;
  return decays ? settings.weight_decay : 0;
}

/** Smallest normal float32; stands for eps 0, where PyTorch would divide 0 by 0 for an element that never had a gradient. */
const leastEps = 2 ** -126;

/**
 * Reads `from`, writes `into`: the update of one parameter as `torch.optim` does it. Returns whether all new parameters are
 * finite.
 */
export function updateTensor(
  kernel: Kernel,
  settings: OptimizerSettings,
  decay: number,
  gradient: Region,
  from: TensorSet,
  into: TensorSet,
  { step, lr, scale }: UpdateStep,
): boolean {
  const { run } = kernel;
  const read = from.parameter.address;
  const write = into.parameter.address;
  const count = from.parameter.length;
  const [first, second] = from.states;
  const [firstInto, secondInto] = into.states;
  if (settings.type === 'SGD') {
    if (first === undefined || firstInto === undefined) {
      return run.sgd(read, write, gradient.address, count, scale, lr, decay) === 0;
    }
    const { momentum, dampening, nesterov } = settings;
    const bad = run.sgdMomentum(
      read,
      write,
      gradient.address,
      first.address,
      firstInto.address,
      count,
      scale,
      lr,
      decay,
      momentum,
      1 - dampening,
      Number(nesterov),
      Number(step === 0),
    );
    return bad === 0;
  }
  const [beta1, beta2] = settings.betas;
  const decoupled = settings.type === 'AdamW';
  const bad = run.adam(
    read,
    write,
    gradient.address,
    first!.address,
    firstInto!.address,
    second!.address,
    secondInto!.address,
    count,
    scale,
    decoupled ? 0 : decay,
    decoupled ? 1 - lr * decay : 1,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    lr / (1 - beta1 ** (step + 1)),
    Math.sqrt(1 - beta2 ** (step + 1)),
    Math.max(settings.eps, leastEps),
  );
  return bad === 0;
}

/** The factor of `torch.nn.utils.clip_grad_norm_`: max_norm / (norm + 1e-6), at most 1. */
export function clipFactor(norm: number, largest: number | undefined): number {
  return largest === undefined ? 1 : Math.min(1, largest / (norm + 1e-6));
}

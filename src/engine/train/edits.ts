import { NormscopeError } from '../../base/errors.ts';
import type { TrainingProgram } from '../../compiler/passes/programs.ts';
import { sizeOf } from '../../compiler/graph/types.ts';
import type { CheckedModel } from '../../language/check/check.ts';
import type { OptimizerSettings } from '../../language/settings.ts';

/** A value that somebody changed at a pause. A run with the same edits at the same steps is the same run. */
export interface Edit {
  /** Steps taken before it. */
  readonly step: number;
  /** Hyperparameter, parameter path, or tensor of the batch. */
  readonly target: string;
  /** Element in row-major order, of tensors. */
  readonly index?: number;
  readonly value: number;
}

/** Hyperparameters that can change while a run goes on. */
export interface Hyperparameters {
  readonly optimizer: OptimizerSettings;
  readonly clipGradNorm: number | undefined;
}

const clipName = 'clip_grad_norm';

/** Names and values of what can be edited besides tensors. */
export function hyperparameterValues({
  optimizer,
  clipGradNorm,
}: Hyperparameters): ReadonlyMap<string, number> {
  const numbers = Object.entries(optimizer).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return new Map([...numbers, [clipName, clipGradNorm ?? Infinity]]);
}

/** `base` with the edits of hyperparameters among `edits`, in their order. */
export function editedHyperparameters(
  base: Hyperparameters,
  edits: readonly Edit[],
): Hyperparameters {
  const names = hyperparameterValues(base);
  let found = base;
  for (const { target, value } of edits) {
    if (!names.has(target)) continue;
    found =
      target === clipName
        ? { ...found, clipGradNorm: value }
        : { ...found, optimizer: { ...found.optimizer, [target]: value } };
  }
  return found;
}

/** Throws `bad-edit`, naming what can be edited, when there is no such value, or it cannot be that. */
export function checkEdit(
  { target, index, value }: Edit,
  program: TrainingProgram,
  model: CheckedModel,
): void {
  const { optimizer, clipGradNorm } = model.settings;
  const names = [...hyperparameterValues({ optimizer, clipGradNorm }).keys()];
  if (names.includes(target)) {
    if (value >= 0) return;
    throw badEdit(`${target} must be a number that is not negative`);
  }
  const tensor =
    program.parameters.find(({ path }) => path === target) ??
    program.batch.find(({ name }) => name === target);
  if (tensor === undefined) {
    const batch = program.batch.map(({ name }) => name);
    const known = [...names, ...batch].join(', ');
    throw badEdit(`there is no ${target}; there is ${known}, and each parameter by its path`);
  }
  const size = sizeOf(tensor.shape);
  if (index === undefined || !Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw badEdit(`${target} has elements 0 to ${size - 1}: say which`);
  }
  if (!('dtype' in tensor) || tensor.dtype === 'float32') return;
  const limit = tensor.role === 'paddingMask' ? 2 : (model.plan.tokens ?? model.plan.classes);
  if (Number.isSafeInteger(value) && value >= 0 && value < limit) return;
  throw badEdit(`${target} holds whole numbers from 0 to ${limit - 1}`);
}

function badEdit(message: string): NormscopeError {
  return new NormscopeError('input', 'bad-edit', `This cannot be set: ${message}.`);
}

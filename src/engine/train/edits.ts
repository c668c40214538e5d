import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';
import type { TrainingProgram } from '../../compiler/passes/programs.ts';
import type { ForwardModel } from '../../compiler/graph/model.ts';
import { sizeOf, type Shape } from '../../compiler/graph/types.ts';
import { overwrite, type Overwrite } from '../../compiler/passes/overwrite.ts';
import type { CheckedModel } from '../../language/check/check.ts';
import type { OptimizerSettings } from '../../language/settings.ts';

/** A value that somebody changed at a pause. A run with the same edits at the same steps is the same run. */
export interface Edit {
  /** Steps taken before it. */
  readonly step: number;
  /** Hyperparameter, parameter path, tensor of the batch, or tap: `<path>.<tap>`. */
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

/** What is given for taps at this step: the edits of it that are about nothing else. */
export function overwritesAt(
  step: number,
  edits: readonly Edit[],
  program: TrainingProgram,
): readonly Overwrite[] {
  const fed = new Set([...program.parameters.map(({ path }) => path), ...batchNames(program)]);
  const found = new Map<string, Map<number, number>>();
  for (const { step: at, target, index, value } of edits) {
    if (at !== step || index === undefined || fed.has(target)) continue;
    const elements = found.get(target) ?? new Map<number, number>();
    found.set(target, elements.set(index, value));
  }
  return [...found].map(([tap, elements]) => ({ tap, elements }));
}

function batchNames({ batch }: TrainingProgram): readonly string[] {
  return batch.map(({ name }) => name);
}

/** Throws `bad-edit`, naming what can be edited, when there is no such value, or it cannot be that. */
export function checkEdit(
  edit: Edit,
  program: TrainingProgram,
  model: CheckedModel,
  forward: () => ForwardModel,
): void {
  const { target, index, value } = edit;
  const { optimizer, clipGradNorm } = model.settings;
  const names = [...hyperparameterValues({ optimizer, clipGradNorm }).keys()];
  if (names.includes(target)) {
    if (value >= 0) return;
    throw badEdit(l10n.t('{0} must be a number that is not negative', target));
  }
  const fed = program.batch.find(({ name }) => name === target);
  const tensor =
    fed ?? program.parameters.find(({ path }) => path === target) ?? tapOf(target, forward());
  if (tensor === undefined) {
    const known = [...names, ...batchNames(program)].join(', ');
    throw badEdit(
      l10n.t(
        'there is no {0}; there is {1}, each parameter by its path, and taps like <path>.out',
        target,
        known,
      ),
    );
  }
  const size = sizeOf(tensor.shape);
  if (index === undefined || !Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw badEdit(l10n.t('{0} has elements 0 to {1}: say which', target, size - 1));
  }
  if (fed === undefined || fed.dtype === 'float32') return;
  const limit = fed.role === 'paddingMask' ? 2 : (model.plan.tokens ?? model.plan.classes);
  if (Number.isSafeInteger(value) && value >= 0 && value < limit) return;
  throw badEdit(l10n.t('{0} holds whole numbers from 0 to {1}', target, limit - 1));
}

/** A tap's shape, where something is computed from what is given for it. */
function tapOf(target: string, forward: ForwardModel): { readonly shape: Shape } | undefined {
  const tap = forward.taps.find(({ path, name }) => `${path}.${name}` === target);
  if (tap === undefined) return undefined;
  overwrite(forward, [{ tap: target, elements: new Map() }]);
  return tap.value;
}

function badEdit(message: string): NormscopeError {
  return new NormscopeError('input', 'bad-edit', l10n.t('This cannot be set: {0}.', message));
}

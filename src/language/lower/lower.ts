import { NormscopeError } from '../../base/errors.ts';
import type { ForwardModel } from '../../compiler/graph/model.ts';
import { assemble } from '../check/assemble.ts';
import { summarize, type CheckedModel } from '../check/check.ts';
import { batchTensors } from '../layers/dataShapes.ts';

export { batchTensors } from '../layers/dataShapes.ts';

export interface LowerOptions {
  /** Training has dropout masks as inputs; evaluation has no dropout. */
  readonly mode: 'training' | 'evaluation';
  /** Sequences or cases in a batch; the file's by default. */
  readonly batch?: number;
}

/**
 * The forward graph of one batch, with the loss. Throws `shape-mismatch` or another code of the checker when the model cannot
 * take a batch of this size, which for the file's own size cannot happen.
 */
export function lowerModel(model: CheckedModel, options: LowerOptions): ForwardModel {
  const { settings, facts, plan } = model;
  const batch = options.batch ?? settings.batch;
  const own = {
    ...plan,
    batch: batchTensors(settings.data, facts, batch),
    training: options.mode === 'training',
  };
  const assembly = assemble(own, (severity, code, message, _range, path) => {
    if (severity === 'error') throw new NormscopeError('input', code, `${path}: ${message}`);
  });
  const { output, loss, results } = assembly;
  if (output === undefined || loss === undefined) {
    throw new NormscopeError('internal', 'not-lowered', `${model.name} has no output`);
  }
  return {
    builder: assembly.builder,
    batch: assembly.batch,
    masks: assembly.masks,
    parameters: assembly.parameters,
    buffers: assembly.buffers,
    taps: assembly.taps,
    norms: assembly.norms,
    residuals: assembly.residuals,
    layers: summarize(plan.items, results),
    output,
    loss,
  };
}

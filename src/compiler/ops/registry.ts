import { NormscopeError } from '../../base/errors.ts';
import { GraphBuilder, type ShapeRules } from '../graph/builder.ts';
import { activations } from './activations.ts';
import { batchNormalization } from './batchNormalization.ts';
import { convolution } from './convolution.ts';
import type { OpDefinition } from './definition.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { movement } from './movement.ts';
import { normalization } from './normalization.ts';
import { pooling } from './pooling.ts';
import { products } from './products.ts';
import { reductions } from './reductions.ts';

/** Every op that a graph may hold, by ONNX's name. Closed: what is not here cannot be built. */
export const ops: ReadonlyMap<string, OpDefinition> = new Map<string, OpDefinition>(
  Object.entries({
    ...elementwise,
    ...activations,
    ...movement,
    ...reductions,
    ...products,
    ...convolution,
    ...pooling,
    ...normalization,
    ...batchNormalization,
    ...indexing,
  }),
);

/** The definition of `op`; throws `unknown-op` naming it. */
export function opDefinition(op: string): OpDefinition {
  const definition = ops.get(op);
  if (definition === undefined) {
    throw new NormscopeError('internal', 'unknown-op', `the op registry has no ${op}`);
  }
  return definition;
}

/** The shape rules of the registry. */
export const shapeRules: ShapeRules = {
  infer: (op, inputs, attributes) => opDefinition(op).infer(inputs, attributes),
};

/** An empty graph to build on, with the shape rules of the registry. */
export function newGraph(): GraphBuilder {
  return new GraphBuilder(shapeRules);
}

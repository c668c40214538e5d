import { gelu, relu, sigmoid, silu, softmax, tanh } from './activations.ts';
import { multiheadAttention } from './attention.ts';
import { repeat, sequential } from './containers.ts';
import type { LayerDefinition } from './definition.ts';
import { dropout } from './dropout.ts';
import { embedding } from './embedding.ts';
import { linear } from './linear.ts';
import { layerNorm, rmsNorm } from './norms.ts';
import { positionalEmbedding } from './positionalEmbedding.ts';
import { residual } from './residual.ts';

/** Every layer, in the order of the reference. Checker, lowering, schema and reference come from this list and no other. */
export const layerDefinitions: readonly LayerDefinition[] = [
  linear,
  embedding,
  positionalEmbedding,
  layerNorm,
  rmsNorm,
  dropout,
  multiheadAttention,
  gelu,
  relu,
  silu,
  tanh,
  sigmoid,
  softmax,
  residual,
  repeat,
  sequential,
];

/** The layers by type. */
export const layerRegistry: ReadonlyMap<string, LayerDefinition> = new Map(
  layerDefinitions.map((definition) => [definition.type, definition]),
);

import { gelu, relu, sigmoid, silu, softmax, tanh } from './activations.ts';
import { multiheadAttention } from './attention.ts';
import { batchNorm1d, batchNorm2d } from './batchNorms.ts';
import { addLayer, concat, mulLayer } from './combinations.ts';
import { repeat, sequential } from './containers.ts';
import { conv1d, conv2d, convTranspose2d } from './convolutions.ts';
import type { LayerDefinition } from './definition.ts';
import { dropout, dropout2d, stochasticDepth } from './dropout.ts';
import { adaptiveLayerNorm, dynamicTanh, film } from './dynamicNorms.ts';
import { embedding } from './embedding.ts';
import { groupNorm, instanceNorm2d } from './groupNorms.ts';
import { linear } from './linear.ts';
import { layerNorm, rmsNorm } from './norms.ts';
import { adaptiveAvgPool2d, avgPool2d, maxPool2d } from './pools.ts';
import { positionalEmbedding } from './positionalEmbedding.ts';
import { upsample } from './resampling.ts';
import { flatten, mean, reshapeLayer } from './reshaping.ts';
import { residual } from './residual.ts';

/** Every layer, in the order of the reference. Checker, lowering, schema and reference come from this list and no other. */
export const layerDefinitions: readonly LayerDefinition[] = [
  linear,
  conv1d,
  conv2d,
  convTranspose2d,
  maxPool2d,
  avgPool2d,
  adaptiveAvgPool2d,
  upsample,
  embedding,
  positionalEmbedding,
  layerNorm,
  rmsNorm,
  batchNorm1d,
  batchNorm2d,
  groupNorm,
  instanceNorm2d,
  dynamicTanh,
  adaptiveLayerNorm,
  dropout,
  dropout2d,
  stochasticDepth,
  multiheadAttention,
  gelu,
  relu,
  silu,
  tanh,
  sigmoid,
  softmax,
  flatten,
  reshapeLayer,
  mean,
  addLayer,
  concat,
  mulLayer,
  film,
  residual,
  repeat,
  sequential,
];

/** The layers by type. */
export const layerRegistry: ReadonlyMap<string, LayerDefinition> = new Map(
  layerDefinitions.map((definition) => [definition.type, definition]),
);

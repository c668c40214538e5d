import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeSafetensors } from '../../src/engine/data/safetensors.ts';
import type { OpenRequest } from '../../src/protocol/engine.ts';
import { writeModel } from './support.ts';

export interface FixtureTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface GptFixture {
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  readonly depth: number;
  readonly context: number;
  readonly batch: number;
  readonly lr: readonly number[];
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  readonly batches: readonly Readonly<Record<'tokens' | 'targets', FixtureTensor>>[];
  readonly initial: Readonly<Record<string, FixtureTensor>>;
  /** By `<layer>.out`, `<layer>.grad:out` and the path of a parameter, in the first step. */
  readonly firstActivations: Readonly<Record<string, FixtureTensor>>;
  readonly firstGradients: Readonly<Record<string, FixtureTensor>>;
  readonly firstUpdates: Readonly<Record<string, FixtureTensor>>;
}

/** The training of a small GPT in PyTorch. */
export function readGptFixture(): GptFixture {
  const file = path.join(import.meta.dirname, '../fixtures/pytorch/tinyGpt.json');
  return JSON.parse(readFileSync(file, 'utf8')) as GptFixture;
}

/** Writes the same GPT as a model with PyTorch's first values; the batches are those of a text of its own. */
export function writeGptFixture(
  folder: string,
  { width, heads, hidden, depth, context, batch, lr, initial }: GptFixture,
): OpenRequest {
  const text = `model: tiny-gpt
layers:
  - Embedding: { embedding_dim: ${width}, name: tokens }
  - PositionalEmbedding: { max_length: ${context}, name: positions }
  - Repeat:
      times: ${depth}
      name: blocks
      body:
        - Residual:
            name: attention
            norm: LayerNorm
            body: [{ MultiheadAttention: { num_heads: ${heads}, causal: true } }]
        - Residual:
            name: mlp
            norm: LayerNorm
            body:
              - Linear: ${hidden}
              - GELU
              - Linear: ${width}
  - LayerNorm: { name: norm }
  - Linear: { out_features: vocabulary, name: head }
train:
  data: { text: eleven.txt, context: ${context} }
  loss: CrossEntropyLoss
  optimizer: { AdamW: { lr: ${lr[0]}, betas: [0.9, 0.99], weight_decay: 0.1, decay: matrices } }
  clip_grad_norm: 1.0
  batch: ${batch}
  steps: 5
`;
  writeFileSync(path.join(folder, 'eleven.txt'), 'abcdefghijk'.repeat(50));
  const tensors = Object.entries(initial).map(([name, { shape, data }]) => ({
    name,
    shape,
    data: Float32Array.from(data),
  }));
  const { header, parts } = encodeSafetensors(tensors, { format: 'pt' });
  const initFrom = path.join(folder, 'initial.safetensors');
  writeFileSync(initFrom, Buffer.concat([header, ...parts]));
  return { ...writeModel(folder, text), initFrom };
}

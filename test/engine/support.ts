import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from '../../scripts/build.ts';
import { buildKernel } from '../../scripts/kernel.ts';
import { RandomStream } from '../../src/base/random.ts';
import { openModel, type OpenedModel } from '../../src/engine/main/openModel.ts';
import type { NamedTensor } from '../../src/engine/data/safetensors.ts';
import type { OpenRequest } from '../../src/protocol/engine.ts';

const bundle = 'dist/engineUnderTest.cjs';
let built: Promise<string> | undefined;

/** Builds the engine's program from the sources as they are now, and gives its path. */
export function engineProgram(): Promise<string> {
  built ??= buildEngine();
  return built;
}

async function buildEngine(): Promise<string> {
  await buildKernel();
  await build({ ...nodeBundle, entryPoints: ['src/engine/main/main.ts'], outfile: bundle });
  return path.resolve(import.meta.dirname, '../..', bundle);
}

/** Folders for the tests of a `describe`, removed after each test. */
export function temporaryFolders(): () => string {
  let folders: string[] = [];
  afterEach(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    folders = [];
  });
  return () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'normscope-'));
    folders.push(folder);
    return folder;
  };
}

/** A text with some structure to learn: words of an invented language. */
export function inventedText(length: number): string {
  const random = new RandomStream(7, 'text');
  const words = Array.from({ length: 40 }, () =>
    Array.from({ length: 2 + random.nextBelow(5) }, () =>
      String.fromCharCode(97 + random.nextBelow(12)),
    ).join(''),
  );
  let text = '';
  while (text.length < length) text += `${words[random.nextBelow(words.length)] ?? ''} `;
  return text.slice(0, length);
}

export interface TinyModel {
  readonly optimizer?: string;
  readonly dropout?: number;
  readonly accumulate?: number;
  readonly steps?: number;
  /** Further lines of `train:`. */
  readonly train?: string;
  /** Entries of `init:`, indented by two. */
  readonly init?: string;
}

/** A pre-norm GPT that takes a step in a few milliseconds, on `text.txt` beside it. */
export function tinyGpt(model: TinyModel = {}): string {
  const { optimizer = 'AdamW: { lr: 3e-3 }', dropout = 0.1, steps = 40 } = model;
  return `model: tiny-gpt
define:
  Block:
    - Residual:
        name: attention
        norm: LayerNorm
        placement: pre
        body:
          - MultiheadAttention: { num_heads: 2, causal: true, dropout: ${dropout} }
          - Dropout: ${dropout}
    - Residual:
        name: mlp
        norm: LayerNorm
        placement: pre
        body: [{ Linear: 32 }, GELU, { Linear: 16 }, { Dropout: ${dropout} }]
layers:
  - Embedding: 16
  - PositionalEmbedding: 12
  - Repeat: { times: 2, name: blocks, body: [Block] }
  - LayerNorm: { name: final }
  - Linear: vocabulary
${model.init === undefined ? '' : `init:\n${model.init}\n`}train:
  data: { text: text.txt, context: 12, validation: 0.1 }
  loss: CrossEntropyLoss
  optimizer: { ${optimizer} }
  schedule: { warmup: 3, cosine_to: 1e-4 }
  clip_grad_norm: 1.0
  accumulate: ${model.accumulate ?? 1}
  batch: 4
  steps: ${steps}
  seed: 11
${model.train ?? '  validate_every: 0\n  checkpoint_every: 0'}
`;
}

/** Writes `text.txt` and the model to a folder, and gives the request that opens it. */
export function writeModel(folder: string, modelText: string): OpenRequest {
  writeFileSync(path.join(folder, 'text.txt'), inventedText(3000));
  const modelPath = path.join(folder, 'tiny.model.yaml');
  writeFileSync(modelPath, modelText);
  return { modelPath, modelText, allowedRoots: [], overrides: [], threads: 1 };
}

/** The model in this process. */
export function openTiny(
  folder: string,
  modelText: string,
  initial?: ReadonlyMap<string, NamedTensor>,
): Promise<OpenedModel> {
  const request = writeModel(folder, modelText);
  const { modelPath, allowedRoots, overrides } = request;
  const seed = undefined;
  const steps = undefined;
  const threads = 1;
  return openModel(
    { modelPath, modelText, allowedRoots, overrides, seed, steps, threads },
    initial,
  );
}

/**
 * `npm run build && npx tsx bench/editor.ts`: how long one waits while typing, measured at the extension's own worker thread as it
 * is bundled. Each keystroke changes the text; completion and the check are then asked for together, as VS Code does, and nothing
 * of them is known from before. Diagnostics wait for the next keystroke first, which is part of the figure where the limit says so.
 */
import path from 'node:path';
import { debounceAfter } from '../src/extension/debounce.ts';
import { LanguageClient } from '../src/extension/languageClient.ts';
import type { CheckRequest } from '../src/extension/languageMethods.ts';

const client = new LanguageClient(path.join(import.meta.dirname, '../dist/languageWorker.cjs'), {});
const wanted = { isCancellationRequested: false };
const typed = 'feed_forward_of_this_block';

/** A block of five layers and its lines; `name`: what is being typed. */
function block(index: number, name = `block${index}`): string {
  return `  - Residual:
      name: ${name}
      norm: LayerNorm
      body:
        - Linear: { out_features: 4 * width, bias: false }
        - GELU
        - Linear: width
`;
}

/** The text of a model of that many layers, with `name` typed so far in its middle, and the place behind it. */
function modelOf(layers: number, name: string) {
  const count = Math.round(layers / 5);
  const middle = Math.floor(count / 2);
  const blocks = Array.from({ length: count }, (_, index) =>
    index === middle ? block(index, name) : block(index),
  );
  const before = 'model: bench\nlet: { width: 16 }\nlayers:\n  - Linear: width\n';
  const after = '  - LayerNorm\n  - Linear: classes\ntrain:\n  data: two-spirals\n';
  const line = before.split('\n').length + 7 * middle + 1;
  const text = before + blocks.join('') + after;
  return { text, position: { line, column: 13 + name.length } };
}

async function timed<T>(work: Promise<T>): Promise<number> {
  const started = performance.now();
  await work;
  return performance.now() - started;
}

interface Times {
  readonly check: number[];
  readonly diagnostics: number[];
  readonly completion: number[];
  readonly layers: number[];
}

/** Types a name letter by letter, `rounds` times, and a layer behind it. */
async function type(layers: number, rounds: number): Promise<Times> {
  const times: Times = { check: [], diagnostics: [], completion: [], layers: [] };
  let last = 0;
  for (let round = 0; round < rounds; round++) {
    for (let length = 1; length <= typed.length; length++) {
      const { text, position } = modelOf(layers, `${typed.slice(0, length)}${round}`);
      const request: CheckRequest = { text, allowedRoots: [], readData: true };
      const completion = timed(client.ask('complete', { ...request, position }, wanted));
      const check = await timed(client.check(request));
      times.completion.push(await completion);
      times.check.push(check);
      times.diagnostics.push(debounceAfter(last) + check);
      last = check;
      // A layer is chosen by its first letters, in the line after the block's name.
      const half = text.replace('norm: LayerNorm', `norm: ${typed.slice(0, 1)}`);
      const at = { line: 7, column: 14 };
      times.layers.push(
        await timed(client.ask('complete', { ...request, text: half, position: at }, wanted)),
      );
    }
  }
  return times;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] ?? NaN;
}

function row(name: string, values: readonly number[], limit?: number): void {
  const [p50, p95] = [quantile(values, 0.5), quantile(values, 0.95)];
  const judged = limit === undefined ? '' : p95 < limit ? `< ${limit}: holds` : `< ${limit}: FAILS`;
  const shown = [p50, p95].map((one) => `${one.toFixed(0)} ms`.padStart(8)).join(' ');
  console.log(`${name.padEnd(58)} ${shown}   ${judged}`);
}

console.log(`${''.padEnd(58)}      p50      p95`);
try {
  // The first keystrokes compile the worker's code.
  await type(500, 2);
  const small = await type(500, 4);
  row('500 layers: keystroke to diagnostics, debounce included', small.diagnostics, 100);
  row('500 layers: completion of a name', small.completion);
  row('500 layers: completion of a layer', small.layers);
  await type(10_000, 1);
  const large = await type(10_000, 2);
  row('10,000 layers: diagnostics after the debounce', large.check, 300);
  row('10,000 layers: completion of a name', large.completion);
  row('10,000 layers: completion of a layer', large.layers);
} finally {
  client.dispose();
}

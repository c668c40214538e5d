/**
 * `npx tsx bench/latency.ts`: how long a user waits, measured on the real engine process. Start: from the fork to the first answer.
 * Compile: from the text to a run that is ready to train, in a process that has just started. Pause: from the request to the answer,
 * in the middle of a training at full speed, beside the time of a step.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineClient } from '../src/engine/client.ts';
import { median } from './peer.ts';

const root = path.join(import.meta.dirname, '..');
const modelPath = path.join(root, 'examples/char-gpt.model.yaml');
const modelText = readFileSync(modelPath, 'utf8');
const runsDirectory = mkdtempSync(path.join(os.tmpdir(), 'normscope-latency-'));

interface Times {
  readonly start: number;
  readonly compile: number;
  readonly client: EngineClient;
}

async function open(overrides: readonly string[]): Promise<Times> {
  const begun = performance.now();
  const client = new EngineClient(path.join(root, 'dist/engine.cjs'));
  // Answered by a process that has loaded all of its program, in whatever state: only when matters.
  await client.request('pause', null).catch(() => undefined);
  const started = performance.now();
  const request = { modelPath, modelText, allowedRoots: [], overrides, runsDirectory };
  await client.request('open', request);
  return { start: started - begun, compile: performance.now() - started, client };
}

async function close(client: EngineClient): Promise<void> {
  client.dispose();
  await client.exited;
}

async function measure(name: string, overrides: readonly string[], times: number): Promise<void> {
  const all: Times[] = [];
  for (let i = 0; i < times; i++) {
    const opened = await open(overrides);
    all.push(opened);
    await close(opened.client);
  }
  const of = (key: 'start' | 'compile'): string => median(all.map((each) => each[key])).toFixed(0);
  console.log(
    `${name}: start ${of('start')} ms · compile ${of('compile')} ms (medians of ${times})`,
  );
}

async function measurePause(times: number): Promise<void> {
  const { client } = await open([]);
  let rate = NaN;
  client.on('status', ({ stepsPerSecond }) => {
    if (stepsPerSecond > 0) rate = stepsPerSecond;
  });
  const waits: number[] = [];
  for (let i = 0; i < times; i++) {
    await client.request('train', {});
    // At no fixed place within a step.
    await delay(1500 + 37 * i);
    const asked = performance.now();
    await client.request('pause', null);
    waits.push(performance.now() - asked);
  }
  await close(client);
  const worst = Math.max(...waits).toFixed(0);
  console.log(
    `pause: median ${median(waits).toFixed(0)} ms, worst ${worst} ms; a step takes ${(1000 / rate).toFixed(0)} ms`,
  );
}

try {
  await measure('char-GPT, 4 layers', [], 5);
  await measure('char-GPT, 96 layers', ['let.depth=96'], 3);
  await measurePause(10);
} finally {
  rmSync(runsDirectory, { recursive: true });
}

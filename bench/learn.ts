/**
 * `npx tsx bench/learn.ts --text FILE`: nanoGPT's recipe for a CPU, learnt to the end. The first seed trains beside PyTorch, in
 * turns, on the same weights and batches; further seeds train alone. Prints the loss over the whole validation part of each, and
 * how far the two curves drift apart.
 * Options: --seeds 1,2,3 · --steps 2000 · --threads N · --compare (the first seed beside PyTorch).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundleSide, loadTorch, ourSide, torchSide, Turns, type LoadReply } from './peer.ts';

const { values } = parseArgs({
  options: {
    text: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
    steps: { type: 'string', default: '2000' },
    threads: { type: 'string', default: '2' },
    compare: { type: 'boolean', default: false },
  },
});

const model = path.join(import.meta.dirname, '../examples/char-gpt.model.yaml');
const config = { width: 128, heads: 4, depth: 4, context: 64 };
const turn = 20;

async function learn(seed: number, isCompared: boolean): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'normscope-learn-'));
  const threads = Number(values.threads);
  const steps = Number(values.steps);
  const ours = ourSide();
  const torch = isCompared ? torchSide(threads) : undefined;
  try {
    const text = values.text === undefined ? [] : [`train.data.text=${path.resolve(values.text)}`];
    const overrides = [...text, `train.steps=${steps}`];
    const request = {
      command: 'load',
      model,
      overrides,
      threads,
      seed,
      batches: isCompared ? steps : 0,
    };
    const loaded = await ours.ask<LoadReply>({
      ...request,
      statistics: true,
      exportTo: isCompared ? folder : '',
    });
    if (torch) await loadTorch(torch, 'gpt', config, folder, threads, loaded);
    const own = new Turns(ours);
    const peer = torch && new Turns(torch);
    for (let step = 0; step < steps; step += turn) {
      const lr = loaded.lr.slice(step, step + turn);
      await own.take(lr);
      await peer?.take(lr);
    }
    const { loss } = await ours.ask<{ loss: number }>({ command: 'validate' });
    const drift = (upTo: number): number =>
      Math.max(
        ...own.losses.slice(0, upTo).map((l, i) => Math.abs(l - (peer?.losses[i] ?? Infinity))),
      );
    console.log(
      `seed ${seed}: validation loss ${loss.toFixed(4)} after ${steps} steps, ${own.median.toFixed(2)} ms a step` +
        (peer
          ? `; PyTorch ${peer.median.toFixed(2)} ms, ${(peer.median / own.median).toFixed(2)} x its steps/s; largest loss difference over 500 steps ${drift(500).toExponential(1)}, over all ${drift(steps).toExponential(1)}`
          : ''),
    );
  } finally {
    ours.dispose();
    torch?.dispose();
    rmSync(folder, { recursive: true });
  }
}

await bundleSide();
for (const [index, seed] of values.seeds.split(',').entries()) {
  await learn(Number(seed), index === 0 && values.compare);
}

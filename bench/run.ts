/**
 * `npm run bench`: one step of five workloads, ours and PyTorch's, in one interleaved run on the same weights and batches.
 * Options: --threads 1,2 · --workload 1,2,3,4,5 · --rounds N · --standard-ops (no blocked layout). Times are medians over all rounds; compare only within one run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  bundleSide,
  loadTorch,
  median,
  ourSide,
  torchSide,
  Turns,
  type LoadReply,
  type Peer,
} from './peer.ts';

interface Workload {
  readonly name: string;
  readonly kind: 'gpt' | 'mlp' | 'resnet';
  readonly model: string;
  readonly overrides: readonly string[];
  readonly config: Readonly<Record<string, number>>;
  /** Steps that one side takes before the other has its turn. */
  readonly turn: number;
}

const here = import.meta.dirname;
const charGpt = path.join(here, '../examples/char-gpt.model.yaml');
const workloads: readonly Workload[] = [
  {
    name: '1 nanoGPT on a CPU: 4 x 128, context 64, batch 12',
    kind: 'gpt',
    model: charGpt,
    overrides: [],
    config: { width: 128, heads: 4, depth: 4, context: 64 },
    turn: 20,
  },
  {
    name: '2 GPT 6 x 384, context 256, batch 4',
    kind: 'gpt',
    model: charGpt,
    overrides: ['let.width=384', 'let.heads=6', 'let.depth=6', 'let.context=256', 'train.batch=4'],
    config: { width: 384, heads: 6, depth: 6, context: 256 },
    turn: 3,
  },
  {
    name: '3 residual MLP 8 x 256, batch 128',
    kind: 'mlp',
    model: path.join(here, 'residual-mlp.model.yaml'),
    overrides: [],
    config: { width: 256, depth: 8, features: 64 },
    turn: 100,
  },
  {
    name: '4 ResNet-20, batch 32, 32 x 32',
    kind: 'resnet',
    model: path.join(here, '../examples/resnet-20.model.yaml'),
    overrides: ['train.batch=32', 'train.optimizer.SGD.lr=0.01'],
    config: { channels: 3, size: 32, stride: 1, pool: 0 },
    turn: 6,
  },
  {
    name: '5 ResNet-18 with 7 x 7 stem, batch 8, 64 x 64',
    kind: 'resnet',
    model: path.join(here, '../examples/resnet-18.model.yaml'),
    overrides: ['train.batch=8', 'train.optimizer.SGD.lr=0.01'],
    config: { channels: 3, size: 64, stride: 2, pool: 1 },
    turn: 6,
  },
];

const batches = 40;

async function measure(workload: Workload, threads: number, rounds: number): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'normscope-bench-'));
  const peers = [ourSide(), ourSide(), torchSide(threads)] as const;
  const [ours, paired, torch] = peers;
  try {
    const { model, overrides, kind } = workload;
    const common = {
      command: 'load',
      model,
      overrides,
      threads,
      seed: 1337,
      batches,
      standardOps: values['standard-ops'],
    };
    const loaded = await ours.ask<LoadReply>({ ...common, statistics: true, exportTo: folder });
    await paired.ask({ ...common, statistics: true, isPaired: true, exportTo: '' });
    await loadTorch(torch, kind, workload.config, folder, threads, loaded);
    const turns = [new Turns(ours), new Turns(torch)];
    const pairs: Pairs[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) {
        await turn.take(loaded.lr.slice(round * workload.turn, (round + 1) * workload.turn));
      }
      pairs.push(await paired.ask<Pairs>({ command: 'pair', count: 2 * workload.turn }));
    }
    await report(workload, threads, loaded, [ours, torch], turns, shareOf(pairs.slice(1)));
  } finally {
    for (const peer of peers) peer.dispose();
    rmSync(folder, { recursive: true });
  }
}

async function report(
  workload: Workload,
  threads: number,
  loaded: LoadReply,
  [ours, torch]: readonly [Peer, Peer],
  turns: readonly Turns[],
  statistics: Share,
): Promise<void> {
  const memory = async (peer: Peer): Promise<number> =>
    (await peer.ask<{ peakMegabytes: number }>({ command: 'memory' })).peakMegabytes;
  const megabytes = [await memory(ours), await memory(torch)] as const;
  const products = (await ours.ask<{ milliseconds: number }>({ command: 'products' })).milliseconds;
  // The first turn warms caches, arenas and the JIT.
  const times = turns.map((turn) => turn.milliseconds.slice(workload.turn));
  const [own = NaN, peer = NaN] = times.map(median);
  const [found = [], wanted = []] = turns.map((turn) => turn.losses);
  const drift = (steps: number): string =>
    Math.max(
      ...found.slice(0, steps).map((loss, step) => Math.abs(loss - (wanted[step] ?? NaN))),
    ).toExponential(1);
  const low = (index: number): string => quantile(times[index] ?? [], 0.1).toFixed(2);
  console.log(
    [
      `${workload.name} · ${threads} thread${threads > 1 ? 's' : ''}${values['standard-ops'] ? ' · standard ops only' : ''}`,
      `  Normscope ${own.toFixed(2)} ms (p10 ${low(0)}) · PyTorch ${peer.toFixed(2)} ms (p10 ${low(1)}) · ${(peer / own).toFixed(2)} x its steps/s`,
      `  statistics of all norms ${percent(statistics.share)} ± ${percent(statistics.error)} % of a step (median of ${statistics.count} pairs, standard error) · products alone ${products.toFixed(2)} ms, the rest ${(100 * (1 - products / own)).toFixed(0)} %`,
      `  peak memory ${megabytes[0].toFixed(0)} MB · PyTorch ${megabytes[1].toFixed(0)} MB, ${(megabytes[0] / megabytes[1]).toFixed(2)} x its · compile ${loaded.compileMilliseconds.toFixed(0)} ms · largest loss difference over 5 steps ${drift(5)}, over ${batches} ${drift(batches)}`,
    ].join('\n'),
  );
}

/** Times of the same steps with and without statistics, one after the other in one process. */
interface Pairs {
  readonly with: readonly number[];
  readonly without: readonly number[];
}

interface Share {
  readonly share: number;
  readonly error: number;
  readonly count: number;
}

/**
 * What statistics add to a step: the median of the pairs' differences over the median without. Its standard error is that of a median,
 * √(π/2) · σ / √n, with σ from the median absolute deviation, which a few disturbed steps do not move.
 */
function shareOf(turns: readonly Pairs[]): Share {
  const without = turns.flatMap((turn) => turn.without);
  const differences = turns
    .flatMap((turn) => turn.with)
    .map((time, index) => time - (without[index] ?? NaN));
  const typical = median(differences);
  const deviation = 1.4826 * median(differences.map((one) => Math.abs(one - typical)));
  const { length: count } = differences;
  return {
    share: typical / median(without),
    error: (Math.sqrt(Math.PI / 2) * deviation) / Math.sqrt(count) / median(without),
    count,
  };
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;
}

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    workload: { type: 'string', default: '1,2,3,4,5' },
    rounds: { type: 'string', default: '8' },
    'standard-ops': { type: 'boolean', default: false },
  },
});

await bundleSide();
for (const index of values.workload.split(',')) {
  const workload = workloads[Number(index) - 1];
  if (workload === undefined) throw new Error(`there is no workload ${index}`);
  for (const threads of values.threads.split(',')) {
    await measure(workload, Number(threads), Number(values.rounds));
  }
}

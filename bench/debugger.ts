/**
 * `npx tsx bench/debugger.ts`: what debugging costs, on the GPT of the first workload; in this process, so without the milliseconds
 * that a message takes. Options: --model FILE · --set a.b=c · --threads N · --rounds N · --jumps N and --length N for the proof that
 * a run of so many steps is the same after so many jumps.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildKernel } from '../scripts/kernel.ts';
import { RandomStream } from '../src/base/random.ts';
import { Engine } from '../src/engine/main/engine.ts';
import { runPaths } from '../src/engine/runs/manifest.ts';
import { readStatistics } from '../src/engine/runs/statisticsFile.ts';
import type { EngineBreakpoint } from '../src/protocol/debug.ts';
import { median } from './peer.ts';

const { values: options } = parseArgs({
  options: {
    model: {
      type: 'string',
      default: path.join(import.meta.dirname, '../examples/char-gpt.model.yaml'),
    },
    set: { type: 'string', multiple: true, default: [] },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '12' },
    jumps: { type: 'string', default: '0' },
    length: { type: 'string', default: '1000' },
  },
});
const rounds = Number(options.rounds);
const snapshotEvery = 50;

const waiting: (() => void)[] = [];
const engine = new Engine(() => ({
  post: (name, payload) => {
    if (name !== 'status' || (payload as { state: string }).state === 'training') return;
    for (const wake of waiting.splice(0)) wake();
  },
}));
const ask = engine.handlers;

function atRest(): Promise<void> {
  return new Promise((resolve) => waiting.push(resolve));
}

async function train(steps: number): Promise<void> {
  const rested = atRest();
  await ask.train({ steps });
  await rested;
}

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function say(what: string, milliseconds: number, rest: string): void {
  console.log(`${what.padEnd(42)} ${milliseconds.toFixed(2).padStart(9)} ms  ${rest}`);
}

async function measureSteps(): Promise<number> {
  await train(20);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await timed(() => train(10))) / 10);
  const fast = median(times);
  say('fast step', fast, '');
  return fast;
}

async function measureRecord(): Promise<void> {
  say('first record, with its compilation', await timed(() => ask.record(null)), '');
  const [times, steps]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    // The first of these is prepared already, by the record before.
    await train(1);
    steps.push(await timed(() => train(1)));
    times.push(await timed(() => ask.record(null)));
  }
  const fast = median(steps);
  const { taps, bytes } = await ask.record(null);
  const record = median(times);
  say(
    'full record',
    record,
    `${(record / fast).toFixed(2)} x a fast step (at most 3); ${taps.length} taps, ${(bytes / 1e6).toFixed(1)} MB`,
  );
}

async function measureLookUp(): Promise<void> {
  const { moments, taps } = await ask.record(null);
  const times: number[] = [];
  for (const { path: layer } of moments.filter(({ phase }) => phase !== 'update')) {
    const own = taps.filter((tap) => tap.path === layer);
    times.push(
      await timed(async () => {
        for (const { name } of own) await ask.tensor({ tap: name, offset: 0, count: 100 });
      }),
    );
  }
  say(
    'step inside a record: all taps of a layer',
    median(times),
    `largest ${Math.max(...times).toFixed(2)} ms (at most 30)`,
  );
  const program = await ask.instructions(null);
  const operands: number[] = [];
  for (let i = 0; i < program.length; i += Math.ceil(program.length / 60)) {
    const [output] = program[i]?.outputs ?? [];
    if (output) operands.push(await timed(() => ask.describe({ tap: output.name })));
  }
  say(
    'value of an instruction, of every layer',
    median(operands),
    `largest ${Math.max(...operands).toFixed(2)} ms; ${program.length} instructions`,
  );
}

async function measurePause(fast: number): Promise<void> {
  const random = new RandomStream(1, 'pauses');
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await ask.train({});
    await new Promise((resolve) => setTimeout(resolve, 2 * fast + 3 * fast * random.nextUniform()));
    times.push(await timed(() => ask.pause(null)));
  }
  say(
    'pause to stopped',
    median(times),
    `largest ${Math.max(...times).toFixed(1)} ms (at most ${(2 * fast + 100).toFixed(0)})`,
  );
}

async function measureJumps(fast: number): Promise<void> {
  const { step: reached } = await ask.pause(null);
  const random = new RandomStream(2, 'jumps');
  const times: number[] = [];
  for (let round = 0; round < 2 * rounds; round++) {
    const step = random.nextBelow(reached);
    times.push(
      await timed(async () => {
        const { verified } = await ask.goTo({ step });
        if (!verified) throw new Error(`step ${step} is not what it was`);
      }),
    );
  }
  await ask.goTo({ step: reached });
  say(
    'go to any step',
    median(times),
    `largest ${Math.max(...times).toFixed(0)} ms (at most ${(snapshotEvery * fast + 200).toFixed(0)}), of ${reached} steps`,
  );
}

async function measureConditions(norms: readonly string[]): Promise<void> {
  const conditions = ['var(in) > 1e9', 'mean(out) > 1e9', 'var(out) > 1e9', 'in.var.max > 1e9'];
  const breakpoints = Array.from({ length: 10 }, (_, id): EngineBreakpoint => {
    const norm = norms[id % norms.length]!;
    const condition = conditions[id % conditions.length]!;
    return { id, kind: 'line', path: norm, phase: 'forward', condition };
  });
  const [without, with10]: [number[], number[]] = [[], []];
  for (let round = 0; round < 2 * rounds; round++) {
    for (const isWatched of round % 2 === 0 ? [true, false] : [false, true]) {
      await ask.setBreakpoints({ breakpoints: isWatched ? breakpoints : [] });
      (isWatched ? with10 : without).push((await timed(() => train(10))) / 10);
    }
  }
  say(
    'step with 10 conditions',
    median(with10),
    `${(median(without) / median(with10)).toFixed(3)} x the steps/s without (at least 0.97)`,
  );
}

async function prove(directory: string, jumps: number): Promise<void> {
  const length = Number(options.length);
  await train(length - (await ask.pause(null)).step);
  const { steps } = await readStatistics(runPaths(directory).statistics);
  const distinct = new Set(steps.map(({ hash }) => hash)).size;
  const random = new RandomStream(3, 'proof');
  let [verified, replayed] = [0, 0];
  for (let jump = 0; jump < jumps; jump++) {
    const result = await ask.goTo({ step: random.nextBelow(length + 1) });
    verified += Number(result.verified);
    replayed += result.replayed;
  }
  console.log(
    `${jumps} jumps in a run of ${length} steps (${distinct} hashes): ${verified} verified, ${replayed} steps computed again`,
  );
}

await buildKernel();
const folder = mkdtempSync(path.join(os.tmpdir(), 'normscope-bench-'));
try {
  const { directory, norms } = await ask.open({
    modelPath: path.resolve(options.model),
    modelText: readFileSync(options.model, 'utf8'),
    allowedRoots: [],
    overrides: options.set,
    threads: Number(options.threads),
    steps: 100_000,
    runsDirectory: folder,
  });
  await ask.attach({ snapshotEvery });
  if (Number(options.jumps) > 0) await prove(directory, Number(options.jumps));
  else {
    const fast = await measureSteps();
    await measureRecord();
    await measureLookUp();
    await measurePause(fast);
    await measureJumps(fast);
    await measureConditions(norms.map((norm) => norm.path));
  }
} finally {
  await engine.close();
  rmSync(folder, { recursive: true });
}

/**
 * `npx tsx bench/soak.ts [--steps 100000]`: trains the small residual MLP for very long through the real command line, and prints
 * the resident memory of the engine and of its host as they go. Flat means: the last tenth is where the second tenth was.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { steps: { type: 'string', default: '100000' } } });
const steps = Number(values.steps);
const root = path.join(import.meta.dirname, '..');
const out = mkdtempSync(path.join(os.tmpdir(), 'normscope-soak-'));
const model = path.join(root, 'examples/residual-mlp.model.yaml');
const overrides = ['let.width=32', 'let.depth=4', 'train.batch=32', `train.steps=${steps}`];
const child = spawn(
  process.execPath,
  [
    path.join(root, 'dist/cli.cjs'),
    ...['train', model, '--json', '--threads', '1', '--out', out],
    ...overrides.flatMap((override) => ['--set', override]),
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);

/** Resident megabytes of a process (Linux). */
function resident(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
}

const started = performance.now();
const samples: number[] = [];
for await (const line of createInterface({ input: child.stdout })) {
  const event = JSON.parse(line) as { readonly event: string; readonly step?: number };
  const pid = child.pid ?? 0;
  if (event.event !== 'step' || ((event.step ?? 0) + 1) % (steps / 20) !== 0) continue;
  const [engine = pid] = childrenOf(pid);
  const megabytes = resident(engine);
  samples.push(megabytes);
  const rate = ((event.step ?? 0) + 1) / ((performance.now() - started) / 1000);
  console.log(
    `step ${(event.step ?? 0) + 1} · engine ${megabytes.toFixed(0)} MB · host ${resident(pid).toFixed(0)} MB · ${rate.toFixed(0)} steps/s`,
  );
}
rmSync(out, { recursive: true });
const [, second = NaN] = samples;
const last = samples[samples.length - 1] ?? NaN;
console.log(`engine: last ${last.toFixed(0)} MB against ${second.toFixed(0)} MB`);

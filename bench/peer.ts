import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from '../scripts/build.ts';

/** A side of a benchmark: a program that answers JSON lines. */
export class Peer {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;

  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    if (!this.child.stdout) throw new Error('no pipe');
    this.reader = createInterface({ input: this.child.stdout });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  async ask<T>(request: object): Promise<T> {
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    const line = await this.lines.next();
    if (line.done) throw new Error('this side of the benchmark has ended; see its output above');
    return JSON.parse(line.value) as T;
  }

  dispose(): void {
    this.reader.close();
    this.child.kill('SIGKILL');
  }
}

const here = import.meta.dirname;

export function ourSide(): Peer {
  return new Peer(process.execPath, ['--expose-gc', path.join(here, '../dist/benchSide.cjs')]);
}

export function torchSide(threads: number): Peer {
  return pythonSide('torchPeer.py', threads);
}

/** PyTorch of the system's Python (Debian: `apt-get install python3-torch libopenblas0-openmp`). */
export function pythonSide(program: string, threads: number): Peer {
  const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
  return new Peer(python, [path.join(here, program)], {
    OMP_NUM_THREADS: String(threads),
    OPENBLAS_NUM_THREADS: String(threads),
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

export interface LoadReply {
  readonly names: readonly string[];
  readonly lr: readonly number[];
  readonly optimizer: object;
  readonly clip: number | null;
  readonly batch: number;
  readonly parameters: number;
  readonly flops: number;
  readonly compileMilliseconds: number;
}

export interface RunReply {
  readonly milliseconds: readonly number[];
  readonly losses: readonly number[];
}

/** Builds the program of our side from the sources as they are now. */
export async function bundleSide(): Promise<void> {
  await build({ ...nodeBundle, entryPoints: ['bench/side.ts'], outfile: 'dist/benchSide.cjs' });
}

/** Gives PyTorch's side the parameters and batches that ours has written to `folder`. */
export async function loadTorch(
  torch: Peer,
  kind: 'gpt' | 'mlp' | 'resnet',
  config: Readonly<Record<string, number>>,
  folder: string,
  threads: number,
  loaded: LoadReply,
): Promise<void> {
  await torch.ask({
    command: 'load',
    kind,
    config: { ...config, batch: loaded.batch },
    parameters: path.join(folder, 'parameters.safetensors'),
    names: loaded.names,
    batches: path.join(folder, 'batches.bin'),
    optimizer: loaded.optimizer,
    clip: loaded.clip,
    threads,
  });
}

/** A peer that takes turns with others; it keeps its own times and losses. */
export class Turns {
  readonly milliseconds: number[] = [];
  readonly losses: number[] = [];
  private readonly peer: Peer;

  constructor(peer: Peer) {
    this.peer = peer;
  }

  /** Takes one step for each learning rate. */
  async take(lr: readonly number[]): Promise<void> {
    const { milliseconds, losses } = await this.peer.ask<RunReply>({ command: 'run', lr });
    this.milliseconds.push(...milliseconds);
    this.losses.push(...losses);
  }

  get median(): number {
    return median(this.milliseconds);
  }
}

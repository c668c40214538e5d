import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildAll } from '../../scripts/build.ts';

const program = path.resolve(import.meta.dirname, '../../dist/cli.cjs');

export interface Ended {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Settles when standard output has matched; rejects when it ended without. */
  shows(pattern: RegExp): Promise<void>;
}

export type JsonLine = Readonly<Record<string, unknown>> & { readonly event?: string };

/** A model that trains in a moment, on data that needs no file. */
export const tinyModel = `model: tiny
let: { width: 8 }
layers:
  - Linear: width
  - Residual:
      name: block
      norm: LayerNorm
      placement: pre
      body: [{ Linear: width }, ReLU]
  - LayerNorm
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 3 } }
  loss: CrossEntropyLoss
  optimizer: { AdamW: { lr: 0.02 } }
  batch: 16
  steps: 40
  validate_every: 20
  seed: 4
`;

/** A model of the characters of text.txt. */
export const textModel = `model: letters
layers:
  - Embedding: 8
  - LayerNorm
  - Linear: vocabulary
train:
  data: { text: text.txt, context: 8, validation: 0.1 }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1 } }
  batch: 4
  steps: 5
`;

/** A folder with files, and the command line run in it. */
export class CliFolder {
  readonly folder: string;
  /** The value of LC_ALL that commands see: English, whatever the machine speaks. */
  locale = 'C';
  private readonly children: ChildProcess[] = [];

  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'normscope-cli-'));
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(path.dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  /** Ids of the runs beside the model file, oldest first. */
  runs(): readonly string[] {
    return readdirSync(this.path('.normscope/runs')).sort();
  }

  run(...parameters: readonly string[]): Promise<Ended> {
    return this.start(...parameters).ended;
  }

  /** Runs a command that must be fine and gives what it printed, a JSON object a line. */
  async json(...parameters: readonly string[]): Promise<readonly JsonLine[]> {
    const { code, stdout, stderr } = await this.run(...parameters, '--json');
    if (code !== 0) throw new Error(`normscope ended with code ${String(code)}: ${stderr}`);
    return parseLines(stdout);
  }

  start(...parameters: readonly string[]): Command {
    const child = spawn(process.execPath, [program, ...parameters], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', LC_ALL: this.locale },
    });
    this.children.push(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        resolve({ code, signal, stdout, stderr });
      });
    });
    const shows = (pattern: RegExp): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(stdout)) resolve();
        };
        child.stdout.on('data', look);
        child.once('close', () => {
          reject(new Error(`ended without showing ${String(pattern)}: ${stderr}`));
        });
        look();
      });
    return { child, ended, shows };
  }

  /** Removes the folder and ends what a failed test has left. */
  remove(): void {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The objects of JSON lines. */
export function parseLines(text: string): readonly JsonLine[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as JsonLine);
}

let built: Promise<void> | undefined;

/**
 * Gives each test of a `describe` block a folder of its own with these files; builds the command line first.
 */
export function useCli(files: Readonly<Record<string, string | Uint8Array>>): () => CliFolder {
  let folder: CliFolder | undefined;
  before(async function () {
    this.timeout(120_000);
    await (built ??= buildAll({ headless: true }));
  });
  beforeEach(() => {
    folder = new CliFolder(files);
  });
  afterEach(() => {
    folder?.remove();
  });
  return () => folder!;
}

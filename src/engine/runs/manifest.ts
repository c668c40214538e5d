import * as l10n from '@vscode/l10n';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../../base/errors.ts';
import type { DataFile } from '../data/text.ts';
import type { Edit } from '../train/edits.ts';
import { newerFormat } from './checkpoint.ts';
import { replaceFile, writeError } from './durable.ts';

const manifestFormat = 1;
const manifestName = 'manifest.json';

/** What a run is of: enough to take every step of it again. */
export interface Manifest {
  readonly format: number;
  readonly id: string;
  /** ISO 8601. */
  readonly created: string;
  readonly normscope: string;
  readonly onnxruntime: string;
  readonly node: string;
  readonly machine: string;
  readonly modelPath: string;
  readonly modelName: string;
  readonly modelText: string;
  readonly overrides: readonly string[];
  /** Folders that data may be read from, beside the model file's own. */
  readonly allowedRoots: readonly string[];
  readonly seed: number;
  readonly steps: number;
  /** Absent where the data has no end. */
  readonly stepsPerEpoch?: number;
  /** What the classes of the data are called, where they have names. */
  readonly classNames?: readonly string[];
  readonly threads: number;
  readonly initFrom?: string;
  readonly data: readonly DataFile[];
  readonly norms: readonly string[];
  /** Values that were changed at pauses: from the first of them on the run is not what its model file says. */
  readonly edits?: readonly Edit[];
}

/** Places in the folder of a run. */
export function runPaths(directory: string): {
  readonly statistics: string;
  readonly checkpoints: string;
  readonly nonFiniteReport: string;
  readonly confusion: string;
  readonly name: string;
  readonly paused: string;
} {
  return {
    statistics: path.join(directory, 'statistics.bin'),
    confusion: path.join(directory, 'confusion.json'),
    nonFiniteReport: path.join(directory, 'non-finite.json'),
    checkpoints: path.join(directory, 'checkpoints'),
    // A file of its own: the manifest may be written by the run's engine at any time.
    name: path.join(directory, 'name.txt'),
    // There while the run stands still in a process that holds it.
    paused: path.join(directory, 'paused'),
  };
}

/** Makes a new folder for a run in `parent`, named after model and time. Throws what a failed write throws. */
export async function createRunFolder(
  parent: string,
  modelName: string,
  now: Date,
): Promise<{ readonly id: string; readonly directory: string }> {
  const model = modelName.replaceAll(/[^\w-]+/g, '-').slice(0, 60);
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  try {
    await mkdir(parent, { recursive: true });
    for (let number = 1; ; number++) {
      const id = `${time}-${model}${number === 1 ? '' : `-${number}`}`;
      const directory = path.join(parent, id);
      try {
        await mkdir(directory);
        return { id, directory };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  } catch (error) {
    throw writeError(l10n.t('A new run'), parent, error);
  }
}

/** Writes the manifest so that after a crash the old one or the new one is there. */
export async function writeManifest(
  directory: string,
  manifest: Omit<Manifest, 'format'>,
): Promise<void> {
  const content: Manifest = { format: manifestFormat, ...manifest };
  // JSON has no such numbers, and an edit may be one.
  const text = JSON.stringify(
    content,
    (_key, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    2,
  );
  try {
    await replaceFile(path.join(directory, manifestName), `${text}\n`);
  } catch (error) {
    throw writeError(l10n.t('The manifest'), directory, error);
  }
}

/** Throws `not-a-run`, `run-newer`. */
export async function readManifest(directory: string): Promise<Manifest> {
  const file = path.join(directory, manifestName);
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  } catch (error) {
    throw new NormscopeError(
      'input',
      'not-a-run',
      l10n.t(
        '{0} is not the folder of a run: its {1} cannot be read. Give a folder of .normscope/runs.',
        directory,
        manifestName,
      ),
      { cause: error },
    );
  }
  if (manifest.format > manifestFormat) throw newerFormat(directory, manifest.format);
  const edits = manifest.edits?.map((edit) => ({ ...edit, value: storedNumber(edit.value) }));
  return { ...manifest, ...(edits && { edits }) };
}

/** A number that was written as one, or as the text of one that JSON does not have. */
function storedNumber(value: number | string): number {
  return typeof value === 'number' ? value : Number(value);
}

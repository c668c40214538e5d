import * as l10n from '@vscode/l10n';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../../base/errors.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  tensorBytes,
  type NamedTensor,
} from '../data/safetensors.ts';
import { removeFolder, syncFolder, temporaryPrefix, writeError, writeFolder } from './durable.ts';

/** Versions up to this one can be read. */
export const checkpointFormat = 1;
const stateName = 'state.safetensors';
const descriptionName = 'checkpoint.json';
const damagedPrefix = 'damaged-';

/** What a checkpoint says about itself, in checkpoint.json. */
export interface CheckpointDescription {
  readonly format: number;
  /** Steps taken before it. */
  readonly step: number;
  /** Loss over the validation part at this step, if it was computed. */
  readonly validationLoss?: number;
  readonly parametersHash: string;
  /** SHA-256 of the header of state.safetensors and of each tensor's bytes, hexadecimal. */
  readonly header: string;
  readonly tensors: Readonly<Record<string, string>>;
}

export interface Checkpoint {
  readonly directory: string;
  readonly description: CheckpointDescription;
  readonly tensors: ReadonlyMap<string, NamedTensor>;
}

/** A checkpoint that is not what was written, and why. */
export interface DamagedCheckpoint {
  readonly directory: string;
  readonly reason: string;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The file of a checkpoint that holds its tensors. */
export function stateFile(directory: string): string {
  return path.join(directory, stateName);
}

/** `step-0000000250` */
function folderName(step: number): string {
  return `step-${String(step).padStart(10, '0')}`;
}

function stepOf(name: string): number | undefined {
  const match = /^step-(\d{10,})$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/**
 * Writes a checkpoint to `<folder>/step-<n>` and returns its directory once it would survive a crash of the machine. One of this
 * step that is there already is kept when it is intact and holds the same parameters, else moved aside.
 * Throws `disk-full`, `read-only`, `write-failed`; then the older checkpoints are as they were.
 */
export async function writeCheckpoint(
  folder: string,
  facts: Pick<CheckpointDescription, 'step' | 'validationLoss' | 'parametersHash'>,
  tensors: readonly NamedTensor[],
): Promise<string> {
  const directory = path.join(folder, folderName(facts.step));
  const { header, parts } = encodeSafetensors(tensors, { step: String(facts.step) });
  const description: CheckpointDescription = {
    format: checkpointFormat,
    ...facts,
    header: sha256(header),
    tensors: Object.fromEntries(tensors.map(({ name }, index) => [name, sha256(parts[index]!)])),
  };
  try {
    await mkdir(folder, { recursive: true });
    await syncFolder(path.dirname(folder));
    const there = await readCheckpoint(directory).catch(() => undefined);
    if (there?.description.parametersHash === facts.parametersHash) return directory;
    await setAside(directory);
    await writeFolder(directory, {
      [stateName]: [header, ...parts],
      [descriptionName]: [new TextEncoder().encode(sealed(description))],
    });
  } catch (error) {
    throw writeError(l10n.t('The checkpoint of step {0}', facts.step), folder, error);
  }
  return directory;
}

/** The description with a hash of its own text at the end, so that no changed byte goes unseen. */
function sealed(description: CheckpointDescription): string {
  const text = JSON.stringify(description).slice(0, -1);
  return `${text},"seal":"${sha256(new TextEncoder().encode(text))}"}`;
}

const sealPattern = /,"seal":"([0-9a-f]{64})"\}$/;

function unsealed(text: string): CheckpointDescription {
  const match = sealPattern.exec(text);
  if (!match) throw new Error(l10n.t('{0} is cut off or changed', descriptionName));
  const body = text.slice(0, match.index);
  if (sha256(new TextEncoder().encode(body)) !== match[1]) {
    throw new Error(l10n.t('{0} was changed', descriptionName));
  }
  return JSON.parse(`${body}}`) as CheckpointDescription;
}

/**
 * Reads a checkpoint and compares every byte with its hash. Throws `checkpoint-damaged` saying what differs, and `run-newer` when
 * it was written in a newer format.
 */
export async function readCheckpoint(directory: string): Promise<Checkpoint> {
  try {
    const description = unsealed(await readFile(path.join(directory, descriptionName), 'utf8'));
    if (description.format > checkpointFormat) throw newerFormat(directory, description.format);
    const bytes = await readFile(path.join(directory, stateName));
    const file = decodeSafetensors(bytes, stateName);
    if (sha256(bytes.subarray(0, file.headerLength)) !== description.header) {
      throw new Error(l10n.t('the header of {0} was changed', stateName));
    }
    let size = file.headerLength;
    for (const [name, hash] of Object.entries(description.tensors)) {
      const tensor = file.tensors.get(name);
      if (tensor === undefined) throw new Error(l10n.t('{0} is missing in {1}', name, stateName));
      const data = tensorBytes(tensor);
      size += data.length;
      if (sha256(data) !== hash) {
        throw new Error(l10n.t('{0} was changed in {1}', name, stateName));
      }
    }
    if (size !== bytes.length)
      throw new Error(l10n.t('{0} has bytes that belong to nothing', stateName));
    return { directory, description, tensors: file.tensors };
  } catch (error) {
    if (error instanceof NormscopeError && error.code === 'run-newer') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new NormscopeError(
      'environment',
      'checkpoint-damaged',
      l10n.t('The checkpoint {0} cannot be used: {1}.', directory, reason),
      { cause: error },
    );
  }
}

/** The error for what a newer Normscope wrote. */
export function newerFormat(place: string, format: number): NormscopeError {
  return new NormscopeError(
    'input',
    'run-newer',
    l10n.t(
      '{0} was written by a newer Normscope (format {1}; this one reads up to {2}). Update Normscope.',
      place,
      format,
      checkpointFormat,
    ),
  );
}

/** Steps of the checkpoints in a folder, newest first; whether they are intact is not looked at. */
export async function listCheckpoints(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const steps = names.map(stepOf).filter((step) => step !== undefined);
  return steps.sort((a, b) => b - a);
}

/** The newest checkpoint that is intact, and the newer ones that are not. Throws `run-newer`. */
export async function newestCheckpoint(folder: string): Promise<{
  readonly checkpoint: Checkpoint | undefined;
  readonly damaged: readonly DamagedCheckpoint[];
}> {
  const damaged: DamagedCheckpoint[] = [];
  for (const step of await listCheckpoints(folder)) {
    const directory = path.join(folder, folderName(step));
    try {
      return { checkpoint: await readCheckpoint(directory), damaged };
    } catch (error) {
      if (!(error instanceof NormscopeError) || error.code === 'run-newer') throw error;
      damaged.push({ directory, reason: error.message });
    }
  }
  return { checkpoint: undefined, damaged };
}

/** The newest intact checkpoint of at most `step` steps. Throws `run-newer`. */
export async function checkpointBefore(
  folder: string,
  step: number,
): Promise<Checkpoint | undefined> {
  for (const found of await listCheckpoints(folder)) {
    if (found > step) continue;
    try {
      return await readCheckpoint(path.join(folder, folderName(found)));
    } catch (error) {
      if (!(error instanceof NormscopeError) || error.code === 'run-newer') throw error;
    }
  }
  return undefined;
}

/** Deletes all checkpoints of more than `step` steps. */
export async function dropCheckpointsAfter(folder: string, step: number): Promise<void> {
  for (const found of await listCheckpoints(folder)) {
    if (found > step) await removeFolder(path.join(folder, folderName(found)));
  }
}

/** Moves a checkpoint, if there is one, out of the way without deleting it. */
export async function setAside(directory: string): Promise<void> {
  const target = path.join(path.dirname(directory), damagedPrefix + path.basename(directory));
  try {
    await rm(target, { recursive: true, force: true });
    await rename(directory, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Deletes all checkpoints but the newest `keep` and the one of step `best`. */
export async function pruneCheckpoints(
  folder: string,
  keep: number,
  best: number | undefined,
): Promise<void> {
  const steps = await listCheckpoints(folder);
  for (const step of steps.slice(keep)) {
    if (step !== best) await removeFolder(path.join(folder, folderName(step)));
  }
}

/** Deletes what a killed process left half-written or half-deleted. Only for the owner of the run. */
export async function sweepTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    if (name.startsWith(temporaryPrefix)) {
      await rm(path.join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Step and loss of the checkpoint with the lowest validation loss; descriptions that cannot be read do not count. */
export async function bestCheckpoint(
  folder: string,
): Promise<{ readonly step: number; readonly loss: number } | undefined> {
  let best: { readonly step: number; readonly loss: number } | undefined;
  for (const step of await listCheckpoints(folder)) {
    const file = path.join(folder, folderName(step), descriptionName);
    const description = await readFile(file, 'utf8').then(unsealed, () => undefined);
    const loss = description?.validationLoss;
    if (loss !== undefined && (best === undefined || loss < best.loss)) best = { step, loss };
  }
  return best;
}

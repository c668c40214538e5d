import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError, type ErrorReport } from '../../base/errors.ts';
import type { OpenRequest } from '../../protocol/engine.ts';
import { decodeSafetensors, type NamedTensor } from '../data/safetensors.ts';
import type { DataFile } from '../data/text.ts';
import { newestCheckpoint, setAside, type Checkpoint } from '../runs/checkpoint.ts';
import { readManifest, runPaths, type Manifest } from '../runs/manifest.ts';
import { openModel, type ModelRequest, type OpenedModel } from './openModel.ts';

export type Warn = (warning: ErrorReport) => void;

/** A model that is ready, and the run that it goes on with, if it does. */
export interface Opened extends OpenedModel {
  readonly request: ModelRequest;
  /** When reading the data began, in milliseconds of the epoch. */
  readonly readAt: number;
  readonly resumed: { readonly directory: string; readonly manifest: Manifest } | undefined;
}

/** Opens the model of a new run. Throws what `openModel` throws, `bad-safetensors`, `init-unreadable`. */
export async function openNew(request: OpenRequest): Promise<Opened> {
  const { modelPath, modelText, allowedRoots, overrides, steps, seed, threads } = request;
  const model = { modelPath, modelText, allowedRoots, overrides, steps, seed, threads };
  const initial = request.initFrom === undefined ? undefined : await readWeights(request.initFrom);
  const readAt = Date.now();
  return { ...(await openModel(model, initial)), request: model, readAt, resumed: undefined };
}

/**
 * Opens a run as it was at its newest intact checkpoint: with the model text, overrides, seed and threads of its manifest, whatever
 * the model file says by now. `own`: the run is this process's to change.
 *
 * Throws besides what `openModel` throws: `not-a-run`, `run-newer`, `no-checkpoint`, `resume-changed`, `data-changed`.
 */
export async function openResumed(
  request: OpenRequest,
  directory: string,
  own: boolean,
  warn: Warn,
): Promise<Opened> {
  const manifest = await readManifest(directory);
  refuseChanges(request, manifest);
  if (request.modelText !== manifest.modelText) {
    warn({
      kind: 'input',
      code: 'model-changed',
      message: `The model file has changed since the run ${manifest.id} began; the run goes on with its own text. Start a new run to train the changed model.`,
    });
  }
  const checkpoint = await findCheckpoint(directory, own, warn);
  const model: ModelRequest = {
    modelPath: request.modelPath,
    modelText: manifest.modelText,
    allowedRoots: [...manifest.allowedRoots, ...request.allowedRoots],
    overrides: manifest.overrides,
    steps: request.steps ?? manifest.steps,
    seed: manifest.seed,
    threads: request.threads ?? manifest.threads,
  };
  if (model.threads !== manifest.threads) {
    warn({
      kind: 'input',
      code: 'threads-changed',
      message: `The run ${manifest.id} was trained with ${manifest.threads} threads and goes on with ${model.threads ?? 0}: numbers may differ in their last digits.`,
    });
  }
  const readAt = Date.now();
  const opened = await openModel(model, checkpoint.tensors, (files) => {
    requireSameData(manifest.data, files);
  });
  opened.trainer.setEdits(manifest.edits ?? []);
  opened.trainer.restore(checkpoint.tensors, checkpoint.description.step);
  return { ...opened, request: model, readAt, resumed: { directory, manifest } };
}

async function findCheckpoint(directory: string, own: boolean, warn: Warn): Promise<Checkpoint> {
  const { checkpoint, damaged } = await newestCheckpoint(runPaths(directory).checkpoints);
  for (const { directory: place, reason } of damaged) {
    warn({
      kind: 'environment',
      code: 'checkpoint-damaged',
      message: `${reason} An older one is used instead.`,
    });
    if (own && checkpoint) await setAside(place);
  }
  if (checkpoint) return checkpoint;
  const reasons = damaged.map(({ reason }) => ` ${reason}`).join('');
  throw new NormscopeError(
    'input',
    'no-checkpoint',
    `The run ${directory} has no checkpoint to go on from.${reasons} Start a new run.`,
  );
}

function refuseChanges(request: OpenRequest, manifest: Manifest): void {
  const changes: string[] = [];
  if (request.seed !== undefined && request.seed !== manifest.seed) {
    changes.push(`seed ${request.seed}`);
  }
  const isNew = (override: string): boolean => !manifest.overrides.includes(override);
  changes.push(...request.overrides.filter(isNew));
  if (request.initFrom !== undefined) changes.push(`first values from ${request.initFrom}`);
  if (changes.length === 0) return;
  throw new NormscopeError(
    'input',
    'resume-changed',
    `The run ${manifest.id} cannot go on with other settings (${changes.join(', ')}). ` +
      'Start a new run from its parameters instead: export them, and give them as first values.',
  );
}

function requireSameData(then: readonly DataFile[], now: readonly DataFile[]): void {
  const hashes = new Map(now.map(({ name, sha256 }) => [name, sha256]));
  const changed = then.find(({ name, sha256 }) => hashes.get(name) !== sha256);
  const name = changed?.name ?? (now.length === then.length ? undefined : 'the list of data files');
  if (name === undefined) return;
  throw new NormscopeError(
    'input',
    'data-changed',
    `${name} is not what the run was trained on. Restore it to go on, or start a new run.`,
  );
}

/** Tensors of a safetensors file. Throws `init-unreadable`, `bad-safetensors`. */
export async function readWeights(file: string): Promise<ReadonlyMap<string, NamedTensor>> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NormscopeError(
      'input',
      'init-unreadable',
      `The weights file ${file} cannot be read: ${reason}. Give a safetensors file.`,
      { cause: error },
    );
  });
  return decodeSafetensors(bytes, path.basename(file)).tensors;
}

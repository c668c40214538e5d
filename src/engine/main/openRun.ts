import * as l10n from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { counted } from '../../base/counts.ts';
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
      message: l10n.t(
        'The model file has changed since the run {0} began; the run goes on with its own text. Start a new run to train the changed model.',
        manifest.id,
      ),
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
      message: l10n.t(
        'The run {0} was trained with {1} and goes on with {2}: numbers may differ in their last digits.',
        manifest.id,
        counted.threads(manifest.threads),
        counted.threads(model.threads ?? 0),
      ),
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
      message: l10n.t('{0} An older one is used instead.', reason),
    });
    if (own && checkpoint) await setAside(place);
  }
  if (checkpoint) return checkpoint;
  const reasons = damaged.map(({ reason }) => reason).join(' ');
  throw new NormscopeError(
    'input',
    'no-checkpoint',
    reasons === ''
      ? l10n.t('The run {0} has no checkpoint to go on from. Start a new run.', directory)
      : l10n.t(
          'The run {0} has no checkpoint to go on from. {1} Start a new run.',
          directory,
          reasons,
        ),
  );
}

function refuseChanges(request: OpenRequest, manifest: Manifest): void {
  const changes: string[] = [];
  if (request.seed !== undefined && request.seed !== manifest.seed) {
    changes.push(l10n.t('seed {0}', request.seed));
  }
  const isNew = (override: string): boolean => !manifest.overrides.includes(override);
  changes.push(...request.overrides.filter(isNew));
  if (request.initFrom !== undefined)
    changes.push(l10n.t('first values from {0}', request.initFrom));
  if (changes.length === 0) return;
  throw new NormscopeError(
    'input',
    'resume-changed',
    l10n.t(
      'The run {0} cannot go on with other settings ({1}). Start a new run from its parameters instead: export them, and give them as first values.',
      manifest.id,
      changes.join(', '),
    ),
  );
}

function requireSameData(then: readonly DataFile[], now: readonly DataFile[]): void {
  const hashes = new Map(now.map(({ name, sha256 }) => [name, sha256]));
  const changed = then.find(({ name, sha256 }) => hashes.get(name) !== sha256);
  const name =
    changed?.name ?? (now.length === then.length ? undefined : l10n.t('the list of data files'));
  if (name === undefined) return;
  throw new NormscopeError(
    'input',
    'data-changed',
    l10n.t(
      '{0} is not what the run was trained on. Restore it to go on, or start a new run.',
      name,
    ),
  );
}

/** Tensors of a safetensors file. Throws `init-unreadable`, `bad-safetensors`. */
export async function readWeights(file: string): Promise<ReadonlyMap<string, NamedTensor>> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NormscopeError(
      'input',
      'init-unreadable',
      l10n.t('The weights file {0} cannot be read: {1}. Give a safetensors file.', file, reason),
      { cause: error },
    );
  });
  return decodeSafetensors(bytes, path.basename(file)).tensors;
}

import * as l10n from '@vscode/l10n';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../../base/errors.ts';
import { listCheckpoints } from './checkpoint.ts';
import { removeFolder, replaceFile, temporaryPrefix, writeError } from './durable.ts';
import { isLocked } from './lock.ts';
import { readManifest, runPaths, type Manifest } from './manifest.ts';
import { readLatestStatistics, type LatestStatistics } from './statisticsFile.ts';

/** What the folder of a run says about it, without reading its whole history. */
export interface RunSummary {
  readonly directory: string;
  /** Name of the folder. */
  readonly id: string;
  /** What a person calls the run, if they gave it a name. */
  readonly name?: string;
  /** `damaged`: its manifest cannot be read. */
  readonly state: 'training' | 'finished' | 'failed' | 'stopped' | 'damaged';
  /** Why a damaged one, or what another one has recorded, cannot be read. */
  readonly problem?: string;
  /** Name of its model file. */
  readonly modelFile?: string;
  /** ISO 8601. */
  readonly created?: string;
  /** Steps taken, as far as they were recorded. */
  readonly step: number;
  /** Steps to take. */
  readonly steps: number;
  readonly loss?: number;
  readonly validationLoss?: number;
  /** From the beginning to what was recorded last, pauses included. */
  readonly milliseconds?: number;
  /** Steps of its checkpoints, newest first. */
  readonly checkpoints: readonly number[];
}

const longestName = 200;

/** The runs in a folder, newest first; folders that are being written or removed are left out. Never throws. */
export async function listRuns(parent: string): Promise<readonly RunSummary[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(temporaryPrefix))
    .map(({ name }) => name)
    .sort((a, b) => (a < b ? 1 : -1));
  const runs = await Promise.all(names.map((name) => summarizeRun(path.join(parent, name))));
  return runs.filter((run) => run !== undefined);
}

/** What there is to say about a run; undefined when its folder is gone. Never throws. */
export async function summarizeRun(directory: string): Promise<RunSummary | undefined> {
  const paths = runPaths(directory);
  const id = path.basename(directory);
  const checkpoints = await listCheckpoints(paths.checkpoints);
  const given = await readFile(paths.name, 'utf8').catch(() => '');
  const name = given.trim().slice(0, longestName);
  const common = { directory, id, checkpoints, ...(name !== '' && { name }) };
  try {
    const { created, steps, modelPath } = await intactManifest(directory);
    // A run that has just begun, or whose statistics are damaged, has still a name and checkpoints.
    let problem: string | undefined;
    const latest: LatestStatistics = await readLatestStatistics(paths.statistics).catch(
      (error: unknown) => {
        if (error instanceof NormscopeError) problem = error.message;
        return {};
      },
    );
    const written = await stat(paths.statistics).catch(() => undefined);
    const step = latest.step === undefined ? (checkpoints[0] ?? 0) : latest.step.step + 1;
    const milliseconds = (written?.mtimeMs ?? NaN) - Date.parse(created);
    return {
      ...common,
      state: await stateOf(directory, step, steps),
      // As either kind of system writes paths.
      modelFile: path.win32.basename(modelPath),
      created,
      step,
      steps,
      ...(latest.step && { loss: latest.step.loss }),
      ...(latest.validation && { validationLoss: latest.validation.loss }),
      ...(milliseconds >= 0 && { milliseconds }),
      ...(problem !== undefined && { problem }),
    };
  } catch (error) {
    if (!(await isThere(directory))) return undefined;
    const problem = error instanceof Error ? error.message : String(error);
    return { ...common, state: 'damaged', problem, step: 0, steps: 0 };
  }
}

/** Gives a run a name, or takes it away when `name` is empty. Throws what a failed write throws. */
export async function renameRun(directory: string, name: string): Promise<void> {
  const file = runPaths(directory).name;
  const text = name.trim().slice(0, longestName);
  try {
    if (text === '') await rm(file, { force: true });
    else await replaceFile(file, `${text}\n`);
  } catch (error) {
    throw writeError(l10n.t('The name of the run'), directory, error);
  }
}

/** Deletes a run with its checkpoints. Throws `run-busy` while it is trained, and what a failed write throws. */
export async function deleteRun(directory: string): Promise<void> {
  if (await isLocked(directory)) {
    throw new NormscopeError(
      'input',
      'run-busy',
      l10n.t('{0} is being trained. Stop that training first.', path.basename(directory)),
    );
  }
  try {
    await removeFolder(directory);
  } catch (error) {
    if (!(await isThere(directory))) return;
    throw writeError(l10n.t('The deletion of the run'), directory, error);
  }
}

/** Throws when the manifest is a file of JSON and yet not one that was written for a run. */
async function intactManifest(directory: string): Promise<Manifest> {
  const manifest = await readManifest(directory);
  const { created, steps, modelPath, modelText } = manifest;
  const texts: readonly unknown[] = [created, modelPath, modelText];
  if (texts.every((text) => typeof text === 'string') && Number.isFinite(steps)) return manifest;
  throw new NormscopeError(
    'environment',
    'manifest-damaged',
    l10n.t(
      'The manifest of the run {0} lacks what every run has. Restore it, or delete the run.',
      directory,
    ),
  );
}

async function stateOf(
  directory: string,
  step: number,
  steps: number,
): Promise<RunSummary['state']> {
  if (await isLocked(directory)) return 'training';
  if (step >= steps) return 'finished';
  return (await isThere(runPaths(directory).nonFiniteReport)) ? 'failed' : 'stopped';
}

async function isThere(place: string): Promise<boolean> {
  return stat(place).then(
    () => true,
    () => false,
  );
}

import * as l10n from '@vscode/l10n';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../base/errors.ts';
import { anyOf } from '../base/lists.ts';

/** Folder of runs, below the folder of a model file. */
const runsBelow = path.join('.normscope', 'runs');

async function isDirectory(name: string): Promise<boolean> {
  try {
    return (await stat(name)).isDirectory();
  } catch {
    return false;
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

/**
 * The folder of a run that is named by its folder or by its id. Ids are looked up in `runs` when given, else beside the model
 * file and in the current folder.
 * @throws NormscopeError `run-not-found`, which lists the newest runs there are
 */
export async function findRun(name: string, modelPath?: string, runs?: string): Promise<string> {
  const besideModel =
    modelPath === undefined ? [] : [path.join(path.dirname(modelPath), runsBelow)];
  const parents = runs === undefined ? [...besideModel, path.resolve(runsBelow)] : [runs];
  for (const folder of [path.resolve(name), ...parents.map((parent) => path.join(parent, name))]) {
    if (await isDirectory(folder)) return folder;
  }
  const known = (await Promise.all(parents.map(entriesOf))).flat().sort().slice(-5);
  const message =
    known.length === 0
      ? l10n.t('There is no run {0}. No run was found in {1}.', name, anyOf(parents))
      : l10n.t('There is no run {0}. The newest runs are: {1}.', name, known.join(', '));
  throw new NormscopeError('input', 'run-not-found', message);
}

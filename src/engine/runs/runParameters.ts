import * as l10n from '@vscode/l10n';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../../base/errors.ts';
import { encodeSafetensors, type NamedTensor } from '../data/safetensors.ts';
import { newestCheckpoint, stateFile } from './checkpoint.ts';
import { writeDurably, writeError } from './durable.ts';
import { readManifest, runPaths } from './manifest.ts';

/** Parameters of a run, without the optimizer's state. */
export interface RunParameters {
  readonly step: number;
  /** The checkpoint's file, which holds these tensors and others. */
  readonly file: string;
  readonly tensors: readonly NamedTensor[];
}

const optimizerPrefix = 'optimizer:';

/**
 * The parameters of a run at its newest intact checkpoint, by PyTorch's state-dict names.
 * Throws `not-a-run`, `run-newer`, `no-checkpoint`.
 */
export async function readRunParameters(directory: string): Promise<RunParameters> {
  await readManifest(directory);
  const { checkpoint, damaged } = await newestCheckpoint(runPaths(directory).checkpoints);
  if (checkpoint === undefined) {
    const reasons = damaged.map(({ reason }) => ` ${reason}`).join('');
    throw new NormscopeError(
      'input',
      'no-checkpoint',
      reasons === ''
        ? l10n.t('The run {0} has no checkpoint. Train it first, or give another run.', directory)
        : l10n.t(
            'The run {0} has no checkpoint. {1} Train it first, or give another run.',
            directory,
            reasons,
          ),
    );
  }
  const tensors = [...checkpoint.tensors.values()];
  return {
    step: checkpoint.description.step,
    file: stateFile(checkpoint.directory),
    tensors: tensors.filter(({ name }) => !name.startsWith(optimizerPrefix)),
  };
}

/** Writes parameters to a safetensors file that PyTorch can load. Throws what a failed write throws. */
export async function writeParameters(
  { tensors }: Pick<RunParameters, 'tensors'>,
  file: string,
): Promise<void> {
  const { header, parts } = encodeSafetensors(tensors, { format: 'pt' });
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeDurably(file, [header, ...parts]);
  } catch (error) {
    throw writeError(l10n.t('The parameters'), file, error);
  }
}

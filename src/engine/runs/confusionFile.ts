import * as l10n from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import { replaceFile, writeError } from './durable.ts';
import { runPaths } from './manifest.ts';

/** A validation's cases by class, then by the class that they were given. */
export interface RecordedConfusion {
  /** Steps taken before the validation. */
  readonly step: number;
  readonly confusion: readonly (readonly number[])[];
}

/** Keeps the confusion of the last validation in a run's folder. Throws what a failed write throws. */
export async function writeConfusion(directory: string, found: RecordedConfusion): Promise<void> {
  const file = runPaths(directory).confusion;
  try {
    await replaceFile(file, `${JSON.stringify(found)}\n`);
  } catch (error) {
    throw writeError(l10n.t('The confusion of classes'), file, error);
  }
}

/** The confusion of the last validation; undefined when the run has none. */
export async function readConfusion(directory: string): Promise<RecordedConfusion | undefined> {
  try {
    const text = await readFile(runPaths(directory).confusion, 'utf8');
    return JSON.parse(text) as RecordedConfusion;
  } catch {
    return undefined;
  }
}

import * as l10n from '@vscode/l10n';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { NormscopeError } from '../../base/errors.ts';
import { checkModel, dataSettingsOf, type CheckedModel } from '../../language/check/check.ts';
import type { DataFacts } from '../../language/settings.ts';
import { loadData } from '../data/open.ts';
import type { NamedTensor } from '../data/safetensors.ts';
import type { DataFile } from '../data/text.ts';
import { createTrainer } from '../train/createTrainer.ts';
import type { Trainer } from '../train/trainer.ts';

/** Which model is to be trained how; what a run's manifest keeps of it. */
export interface ModelRequest {
  readonly modelPath: string;
  readonly modelText: string;
  readonly allowedRoots: readonly string[];
  readonly overrides: readonly string[];
  readonly steps: number | undefined;
  readonly seed: number | undefined;
  readonly threads: number | undefined;
}

export interface OpenedModel {
  readonly model: CheckedModel;
  readonly trainer: Trainer;
  readonly files: readonly DataFile[];
  /** What a person should know of the data, one sentence each. */
  readonly warnings: readonly string[];
  readonly compileMilliseconds: number;
}

const mostThreads = 4;

/**
 * From a model's text to a trainer that is ready: reads the data, checks, compiles. `inspect` sees the data files before anything
 * is made of them, and may throw. Throws `model-wrong` with the first error and its line, and what `loadData` and `createTrainer`
 * throw.
 */
export async function openModel(
  request: ModelRequest,
  initial: ReadonlyMap<string, NamedTensor> | undefined,
  inspect: (files: readonly DataFile[]) => void = () => undefined,
): Promise<OpenedModel> {
  const { modelPath, modelText: text, overrides, allowedRoots } = request;
  const settings = dataSettingsOf(text, overrides);
  if (settings === undefined) throw modelWrong(text, overrides);
  const data = await loadData(settings, { folder: path.dirname(modelPath), roots: allowedRoots });
  inspect(data.files);
  const start = performance.now();
  const { model } = checkModel(text, { overrides, facts: data.facts });
  if (model === undefined) throw modelWrong(text, overrides, data.facts);
  // Lets a sign of life out between two long pieces of work.
  await setImmediate();
  const seed = request.seed ?? model.settings.seed;
  const source = data.source(seed, model.settings);
  source.readAhead?.();
  const trainer = await createTrainer({
    model,
    data: source,
    seed,
    steps: request.steps ?? model.settings.steps,
    threads: request.threads ?? Math.min(mostThreads, availableParallelism()),
    ...(initial && { initial }),
  });
  const compileMilliseconds = performance.now() - start;
  const { files } = source;
  return { model, trainer, files, warnings: data.warnings ?? [], compileMilliseconds };
}

function modelWrong(...[text, overrides, facts]: ModelWords): NormscopeError {
  const { diagnostics } = checkModel(text, { overrides, ...(facts && { facts }) });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) {
    return new NormscopeError('input', 'model-wrong', l10n.t('The model is not complete.'));
  }
  const { line } = first.range.start;
  const message =
    errors.length > 1
      ? l10n.t('Line {0}: {1}. Further errors: {2}.', line, first.message, errors.length - 1)
      : l10n.t('Line {0}: {1}.', line, first.message);
  return new NormscopeError('input', 'model-wrong', message);
}

type ModelWords = readonly [text: string, overrides: readonly string[], facts?: DataFacts];

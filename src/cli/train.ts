import * as l10n from '@vscode/l10n';
import path from 'node:path';
import type { Command } from 'commander';
import { errorOf, type ErrorReport } from '../base/errors.ts';
import type { EngineClient } from '../engine/client.ts';
import type { EndEvent, OpenRequest, RunInfo } from '../protocol/engine.ts';
import { startEngine } from './engine.ts';
import { explainModel } from './explainModel.ts';
import { dataRoots, readModel } from './modelFile.ts';
import { findRun } from './runFolder.ts';
import { stopOnSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';
import { programReporter, trainingReporter, type TrainingReporter } from './trainingReporter.ts';
import { collectOverride, wholeNumber } from './usage.ts';

interface TrainOptions {
  readonly steps?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly out?: string;
  readonly resume?: string;
  readonly initFrom?: string;
  readonly set?: readonly string[];
  readonly json?: true;
}

/** Adds `train` to the program. */
export function addTrain(program: Command, terminal: Terminal): void {
  program
    .command('train')
    .description(l10n.t('train a model, with statistics of every norm at every step'))
    .argument('<model>', l10n.t('model file, such as my.model.yaml'))
    .option('--steps <n>', l10n.t("steps in total, instead of the file's"), wholeNumber(1))
    .option(
      '--seed <s>',
      l10n.t("seed of first values, batches and dropout, instead of the file's"),
      wholeNumber(0),
    )
    .option(
      '--threads <t>',
      l10n.t('threads of one step (default: the cores, at most 4)'),
      wholeNumber(1),
    )
    .option(
      '--out <dir>',
      l10n.t('folder of runs (default: .normscope/runs beside the model file)'),
    )
    .option(
      '--resume <run>',
      l10n.t('go on with a run (its id or folder) from its last checkpoint'),
    )
    .option('--init-from <file>', l10n.t('first parameter values, a safetensors file'))
    .option(
      '--set <path=value>',
      l10n.t('override a value of the file; may be repeated'),
      collectOverride,
    )
    .option('--json', l10n.t('print one JSON object a line and nothing else'))
    .addHelpText(
      'after',
      `\n${l10n.t('Ctrl-C ends the training after the step under way, with a checkpoint; a second one ends it at once.')}`,
    )
    .action(async (model: string, options: TrainOptions) => {
      const request = await requestOf(model, options);
      await train(request, options.json === true, terminal);
    });
}

async function requestOf(model: string, options: TrainOptions): Promise<OpenRequest> {
  const { steps, seed, threads, out, resume, initFrom } = options;
  const file = await readModel(model);
  const runs = out === undefined ? undefined : path.resolve(out);
  return {
    modelPath: file.path,
    modelText: file.text,
    allowedRoots: dataRoots(file, options.set ?? []),
    overrides: options.set ?? [],
    ...(steps !== undefined && { steps }),
    ...(seed !== undefined && { seed }),
    ...(threads !== undefined && { threads }),
    ...(runs !== undefined && { runsDirectory: runs }),
    ...(resume !== undefined && { resume: await findRun(resume, file.path, runs) }),
    ...(initFrom !== undefined && { initFrom: path.resolve(initFrom) }),
  };
}

async function train(request: OpenRequest, json: boolean, terminal: Terminal): Promise<void> {
  const engine = startEngine();
  try {
    const info = await openOrExplain(engine, request, terminal);
    const reporter = json ? programReporter(terminal, info) : trainingReporter(terminal, info);
    await runToEnd(engine, reporter, terminal);
  } finally {
    engine.dispose();
  }
}

/** Opens the model; when it is broken, every problem of its file is told, not only the first. */
async function openOrExplain(
  engine: EngineClient,
  request: OpenRequest,
  terminal: Terminal,
): Promise<RunInfo> {
  engine.on('warning', ({ message }) => {
    terminal.complain(l10n.t('warning: {0}', message));
  });
  try {
    return await engine.request('open', request);
  } catch (error) {
    throw await explainModel(request, error, terminal);
  }
}

/** Trains and reports until the run ends, fails, loses its engine, or is stopped. */
async function runToEnd(
  engine: EngineClient,
  reporter: TrainingReporter,
  terminal: Terminal,
): Promise<void> {
  const ended = new Promise<EndEvent>((resolve, reject) => {
    const fail = (report: ErrorReport): void => {
      reject(errorOf(report));
    };
    engine.onLost(fail);
    engine.on('end', resolve);
    engine.on('status', (status) => {
      reporter.status(status);
      if (status.state === 'failed' && status.error) fail(status.error);
    });
  });
  engine.on('steps', (steps) => {
    reporter.steps(steps);
  });
  engine.on('validation', (validation) => {
    reporter.validation(validation);
  });
  engine.on('epoch', (epoch) => {
    reporter.epoch(epoch);
  });
  const stop = (): void => {
    reporter.stopping();
    // Whatever becomes of it, the end or the failure is told by an event.
    engine.request('stop', null).catch(() => undefined);
  };
  const signals = stopOnSignals(stop, () => {
    engine.dispose();
  });
  terminal.onClosed(stop);
  try {
    await engine.request('train', {});
    reporter.end(await ended);
  } catch (error) {
    reporter.interrupted();
    throw error;
  } finally {
    signals.dispose();
  }
}

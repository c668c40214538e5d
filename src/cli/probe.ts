import * as l10n from '@vscode/l10n';
import { Option, type Command } from 'commander';
import { readRunParameters } from '../engine/runs/runParameters.ts';
import type { OpenRequest, ProbeReport, ProbeRequest } from '../protocol/engine.ts';
import { startEngine } from './engine.ts';
import { explainModel } from './explainModel.ts';
import { dataRoots, readModel } from './modelFile.ts';
import { formatNumber } from './numbers.ts';
import { channelTable, signalTable } from './probeTables.ts';
import { findRun } from './runFolder.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';
import { collectOverride, wholeNumber } from './usage.ts';

interface ProbeOptions {
  readonly seed?: number;
  readonly input: ProbeRequest['input'];
  readonly from?: string;
  readonly taps: string;
  readonly set?: readonly string[];
  readonly json?: true;
}

/** Adds `probe` to the program. */
export function addProbe(program: Command, terminal: Terminal): void {
  program
    .command('probe')
    .description(l10n.t('one forward and backward pass, with statistics of every tap'))
    .argument('<model>', l10n.t('model file, such as my.model.yaml'))
    .option(
      '--seed <s>',
      l10n.t("seed of first values and inputs, instead of the file's"),
      wholeNumber(0),
    )
    .addOption(
      new Option('--input <kind>', l10n.t('a batch of the data, or standard-normal numbers'))
        .choices(['normal', 'data'])
        .default('data'),
    )
    .option('--from <run>', l10n.t('parameters of the last checkpoint of a run (its id or folder)'))
    .option('--taps <glob>', l10n.t('only taps such as blocks.*.norm.{in,out} or **.grad:*'), '**')
    .option(
      '--set <path=value>',
      l10n.t('override a value of the file; may be repeated'),
      collectOverride,
    )
    .option('--json', l10n.t('print one JSON object and nothing else'))
    .action(async (model: string, options: ProbeOptions) => {
      const report = await probe(model, options, terminal);
      if (options.json) terminal.print(JSON.stringify(report));
      else printReport(terminal, report);
    });
}

async function probe(
  model: string,
  options: ProbeOptions,
  terminal: Terminal,
): Promise<ProbeReport> {
  const file = await readModel(model);
  const { seed, input, taps, from } = options;
  const engine = startEngine();
  try {
    const request: OpenRequest = {
      modelPath: file.path,
      modelText: file.text,
      allowedRoots: dataRoots(file, options.set ?? []),
      overrides: options.set ?? [],
      purpose: 'look',
      ...(seed !== undefined && { seed }),
      ...(from !== undefined && { initFrom: await weightsOf(from, file.path) }),
    };
    try {
      await engine.request('open', request);
    } catch (error) {
      throw await explainModel(request, error, terminal);
    }
    return await engine.request('probe', { input, taps });
  } finally {
    engine.dispose();
  }
}

/** The file with the parameters of a run's newest intact checkpoint. */
async function weightsOf(name: string, modelPath: string): Promise<string> {
  const directory = await findRun(name, modelPath);
  return (await readRunParameters(directory)).file;
}

function printReport(terminal: Terminal, report: ProbeReport): void {
  const columns = [
    { title: l10n.t('tap'), align: 'left' },
    { title: l10n.t('shape'), align: 'left' },
    ...['mean', 'var', 'min', 'max', 'kurtosis', l10n.t('non-finite')].map(
      (title) => ({ title, align: 'right' }) as const,
    ),
  ] as const;
  const rows = Object.entries(report.taps).map(([name, tap]) => [
    name,
    tap.shape.join(' × '),
    ...[tap.mean, tap.var, tap.min, tap.max, tap.kurtosis, tap.nonFinite].map(formatNumber),
  ]);
  for (const table of [tableLines(columns, rows), channelTable(report), signalTable(report)]) {
    const [titles, ...lines] = table;
    if (titles === undefined) continue;
    terminal.print(terminal.style('bold', titles));
    for (const line of lines) terminal.print(line);
    terminal.print('');
  }
  terminal.print(l10n.t('loss {0}; variances are biased (1/n)', formatNumber(report.loss)));
}

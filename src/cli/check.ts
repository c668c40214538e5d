import * as l10n from '@vscode/l10n';
import type { Command } from 'commander';
import { counted, formatCount } from '../base/counts.ts';
import { NormscopeError } from '../base/errors.ts';
import { FileChecker, type FileReport } from '../engine/checkFile.ts';
import { countErrors, printDiagnostics } from './diagnostics.ts';
import { dataRoots, readModel, type ModelFile } from './modelFile.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';
import { collectOverride } from './usage.ts';

interface CheckOptions {
  readonly set?: readonly string[];
  readonly json?: true;
}

/** Adds `check` to the program. */
export function addCheck(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .description(l10n.t('check a model file; print its problems, layers, shapes and parameters'))
    .argument('<model>', l10n.t('model file, such as my.model.yaml'))
    .option(
      '--set <path=value>',
      l10n.t('override a value of the file; may be repeated'),
      collectOverride,
    )
    .option('--json', l10n.t('print one JSON object and nothing else'))
    .action(async (name: string, options: CheckOptions) => {
      const file = await readModel(name);
      const report = await checkModelFile(file, options.set ?? []);
      if (options.json) terminal.print(JSON.stringify(checkLine(report)));
      else printReport(terminal, name, report);
      const errors = countErrors(report);
      // The problems have been told already.
      if (errors > 0) throw new NormscopeError('input', 'model-wrong', '');
    });
}

/** Checks a model file and its data as `train` would. */
export function checkModelFile(file: ModelFile, overrides: readonly string[]): Promise<FileReport> {
  const roots = dataRoots(file, overrides);
  return new FileChecker().check({ text: file.text, path: file.path, overrides, roots });
}

/** The report as programs read it. Lines and columns count from 1; shapes have the batch axis. */
function checkLine(report: FileReport): object {
  return {
    diagnostics: report.diagnostics.map(({ code, severity, message, path, range }) => ({
      code,
      severity,
      message,
      path,
      range,
    })),
    layers: report.layers.map(({ path, type, outputShape, parameters, line }) => ({
      path,
      type,
      outputShape,
      parameters,
      line,
    })),
    parameters: report.parameters,
    norms: report.norms,
    residuals: report.residuals,
  };
}

function printReport(terminal: Terminal, name: string, report: FileReport): void {
  printDiagnostics(terminal, name, report);
  if (report.layers.length > 0) {
    const columns = [
      { title: l10n.t('layer'), align: 'left' },
      { title: l10n.t('type'), align: 'left' },
      { title: l10n.t('output'), align: 'left' },
      { title: l10n.t('parameters'), align: 'right' },
      { title: l10n.t('line'), align: 'right' },
    ] as const;
    const rows = report.layers.map(({ path, type, outputShape, parameters, line }) => [
      path,
      type,
      outputShape.join(' × '),
      formatCount(parameters),
      String(line),
    ]);
    const [titles = '', ...lines] = tableLines(columns, rows);
    terminal.print(terminal.style('bold', titles));
    for (const line of lines) terminal.print(line);
    terminal.print('');
  }
  const { parameters, norms, residuals } = report;
  terminal.print(
    l10n.t(
      '{0}, {1}, {2}',
      counted.parameters(parameters),
      counted.norms(norms.length),
      counted.residuals(residuals.length),
    ),
  );
}

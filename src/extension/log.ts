import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { ErrorReport } from '../base/errors.ts';

/** The output channel of the extension. */
export type Log = vscode.LogOutputChannel;

export function createLog(): Log {
  return vscode.window.createOutputChannel('Normscope', { log: true });
}

/** Shows an error that a person should act on, with a way to the log. */
export function showError(log: Log, report: ErrorReport): void {
  log.error(`${report.code}: ${report.message}`);
  const showLog = l10n.t('Show Log');
  const text =
    report.kind === 'internal'
      ? l10n.t('Normscope failed by a bug of its own: {0}', firstLine(report.message))
      : report.message;
  void vscode.window.showErrorMessage(text, showLog).then((choice) => {
    if (choice === showLog) log.show();
  });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';

/** `Train | Debug | Step` above the first line of a model file. */
export class CodeLenses implements vscode.CodeLensProvider {
  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const first = firstLine(document);
    return [
      { title: `$(play) ${l10n.t('Train')}`, command: 'normscope.train' },
      { title: `$(debug-alt) ${l10n.t('Debug')}`, command: 'normscope.debug' },
      { title: `$(debug-step-over) ${l10n.t('Step')}`, command: 'normscope.step' },
    ].map((command) => new vscode.CodeLens(first, { ...command, arguments: [document.uri] }));
  }
}

/** The line that names the model, else the first of the file. */
function firstLine(document: vscode.TextDocument): vscode.Range {
  for (let line = 0; line < Math.min(document.lineCount, 50); line++) {
    if (/^model\s*:/.test(document.lineAt(line).text)) return document.lineAt(line).range;
  }
  return document.lineAt(0).range;
}

import * as vscode from 'vscode';
import type { Lines } from '../../language/edit/format/format.ts';
import { checkRequest } from '../checkRequest.ts';
import { toRange } from '../diagnostics.ts';
import type { LanguageClient } from '../languageClient.ts';

const noticeMilliseconds = 6000;

/** Formats model files, whole or in part; says in the status bar why one is left alone. */
export class ModelFormats
  implements vscode.DocumentFormattingEditProvider, vscode.DocumentRangeFormattingEditProvider
{
  private readonly client: LanguageClient;

  constructor(client: LanguageClient) {
    this.client = client;
  }

  provideDocumentFormattingEdits(
    document: vscode.TextDocument,
    _options: vscode.FormattingOptions,
    token: vscode.CancellationToken,
  ): Promise<vscode.TextEdit[]> {
    return this.format(document, undefined, token);
  }

  provideDocumentRangeFormattingEdits(
    document: vscode.TextDocument,
    { start, end }: vscode.Range,
    _options: vscode.FormattingOptions,
    token: vscode.CancellationToken,
  ): Promise<vscode.TextEdit[]> {
    // A selection of whole lines ends at the start of the next one.
    const last = end.character === 0 && end.line > start.line ? end.line : end.line + 1;
    return this.format(document, { first: start.line + 1, last }, token);
  }

  private async format(
    document: vscode.TextDocument,
    lines: Lines | undefined,
    token: vscode.CancellationToken,
  ): Promise<vscode.TextEdit[]> {
    const { version } = document;
    const request = { ...checkRequest(document), ...(lines && { lines }) };
    const formatting = await this.client.ask('format', request, token);
    if (formatting === undefined || document.version !== version) return [];
    if (formatting.kind === 'refused') {
      vscode.window.setStatusBarMessage(`$(info) ${formatting.reason}`, noticeMilliseconds);
      return [];
    }
    return formatting.edits.map(({ range, text }) => vscode.TextEdit.replace(toRange(range), text));
  }
}

import * as vscode from 'vscode';
import { checkRequest } from '../checkRequest.ts';
import type { LanguageClient } from '../languageClient.ts';

/** Output shape and parameters at the end of each layer's line. */
export class ModelInlays implements vscode.InlayHintsProvider {
  private readonly client: LanguageClient;

  constructor(client: LanguageClient) {
    this.client = client;
  }

  async provideInlayHints(
    document: vscode.TextDocument,
    { start, end }: vscode.Range,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlayHint[]> {
    const { version } = document;
    const lines = { first: start.line + 1, last: end.line + 1 };
    const found = await this.client.ask('inlays', { ...checkRequest(document), ...lines }, token);
    // Lines of an older text are not those of this one.
    if (found === undefined || document.version !== version) return [];
    return found.map(({ line, text }) => {
      const hint = new vscode.InlayHint(document.lineAt(line - 1).range.end, text);
      hint.paddingLeft = true;
      return hint;
    });
  }
}

import * as vscode from 'vscode';
import { toRange } from '../diagnostics.ts';
import type { LanguageClient } from '../languageClient.ts';
import { placeRequest } from './positions.ts';

/**
 * What is shown about the thing under the pointer in model files: what it means (`hover`), or the first samples of the data at `data:`
 * (`preview`). In Restricted Mode no data is read, and no samples are shown.
 */
export class ModelHovers implements vscode.HoverProvider {
  private readonly client: LanguageClient;
  private readonly method: 'hover' | 'preview';

  constructor(client: LanguageClient, method: 'hover' | 'preview') {
    this.client = client;
    this.method = method;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const found = await this.client.ask(this.method, placeRequest(document, position), token);
    return found && new vscode.Hover(new vscode.MarkdownString(found.text), toRange(found.range));
  }
}

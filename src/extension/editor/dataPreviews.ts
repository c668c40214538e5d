import * as vscode from 'vscode';
import { toRange } from '../diagnostics.ts';
import type { LanguageClient } from '../languageClient.ts';
import { placeRequest } from './positions.ts';

/** Shows the first samples of the data at `data:` of a model file. In Restricted Mode no data is read, and nothing is shown. */
export class DataPreviews implements vscode.HoverProvider {
  private readonly client: LanguageClient;

  constructor(client: LanguageClient) {
    this.client = client;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const found = await this.client.ask('preview', placeRequest(document, position), token);
    return found && new vscode.Hover(new vscode.MarkdownString(found.text), toRange(found.range));
  }
}

import * as vscode from 'vscode';
import { toRange } from '../diagnostics.ts';
import type { LanguageClient } from '../languageClient.ts';
import { placeRequest } from './positions.ts';

/** What is shown about the thing under the pointer in model files. */
export class ModelHovers implements vscode.HoverProvider {
  private readonly client: LanguageClient;

  constructor(client: LanguageClient) {
    this.client = client;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const found = await this.client.ask('hover', placeRequest(document, position), token);
    return found && new vscode.Hover(new vscode.MarkdownString(found.text), toRange(found.range));
  }
}

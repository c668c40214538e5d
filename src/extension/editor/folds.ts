import * as vscode from 'vscode';
import { checkRequest } from '../checkRequest.ts';
import type { LanguageClient } from '../languageClient.ts';

/** Sections, layers and comments of model files, folded. */
export class ModelFolds implements vscode.FoldingRangeProvider {
  private readonly client: LanguageClient;

  constructor(client: LanguageClient) {
    this.client = client;
  }

  async provideFoldingRanges(
    document: vscode.TextDocument,
    _context: vscode.FoldingContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.FoldingRange[] | undefined> {
    const found = await this.client.ask('folds', checkRequest(document), token);
    return found?.map(({ first, last, isComment }) => {
      const kind = isComment ? vscode.FoldingRangeKind.Comment : undefined;
      return new vscode.FoldingRange(first - 1, last - 1, kind);
    });
  }
}

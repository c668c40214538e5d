import * as vscode from 'vscode';
import { checkRequest } from '../checkRequest.ts';
import { toDiagnostic, toRange } from '../diagnostics.ts';
import type { LanguageClient } from '../languageClient.ts';

/** Quick fixes of what is wrong in a model file. */
export class ModelFixes implements vscode.CodeActionProvider {
  private readonly client: LanguageClient;

  constructor(client: LanguageClient) {
    this.client = client;
  }

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    _context: vscode.CodeActionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.CodeAction[]> {
    const { version } = document;
    const lines = { first: range.start.line + 1, last: range.end.line + 1 };
    const request = { ...checkRequest(document), ...lines };
    const problems = await this.client.ask('problems', request, token);
    if (problems === undefined || document.version !== version) return [];
    return problems
      .filter((problem) => toRange(problem.range).intersection(range) !== undefined)
      .flatMap((problem) =>
        (problem.fixes ?? []).map(({ title, edits }) => {
          const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
          action.edit = new vscode.WorkspaceEdit();
          for (const { range: place, text } of edits) {
            action.edit.replace(document.uri, toRange(place), text);
          }
          action.diagnostics = [toDiagnostic(problem)];
          action.isPreferred = problem.fixes?.length === 1;
          return action;
        }),
      );
  }
}

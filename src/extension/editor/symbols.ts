import * as vscode from 'vscode';
import type { ModelSymbol, SymbolKind } from '../../language/edit/symbols.ts';
import { checkRequest } from '../checkRequest.ts';
import { toRange } from '../diagnostics.ts';
import type { LanguageClient } from '../languageClient.ts';

const kinds: Readonly<Record<SymbolKind, vscode.SymbolKind>> = {
  section: vscode.SymbolKind.Namespace,
  value: vscode.SymbolKind.Variable,
  define: vscode.SymbolKind.Module,
  layer: vscode.SymbolKind.Object,
  container: vscode.SymbolKind.Class,
};

/** Outline and breadcrumbs of model files. */
export class ModelSymbols implements vscode.DocumentSymbolProvider {
  private readonly client: LanguageClient;

  constructor(client: LanguageClient) {
    this.client = client;
  }

  async provideDocumentSymbols(
    document: vscode.TextDocument,
    token: vscode.CancellationToken,
  ): Promise<vscode.DocumentSymbol[]> {
    const found = await this.client.ask('symbols', checkRequest(document), token);
    return (found ?? []).map(toSymbol);
  }
}

function toSymbol(symbol: ModelSymbol): vscode.DocumentSymbol {
  const { name, detail, kind, range, selection, children } = symbol;
  const shown = new vscode.DocumentSymbol(
    name,
    detail,
    kinds[kind],
    toRange(range),
    toRange(selection),
  );
  shown.children = children.map(toSymbol);
  return shown;
}

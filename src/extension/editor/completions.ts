import * as vscode from 'vscode';
import type { Completion, CompletionKind } from '../../language/edit/complete.ts';
import { toRange } from '../diagnostics.ts';
import type { LanguageClient } from '../languageClient.ts';
import { placeRequest } from './positions.ts';

const kinds: Readonly<Record<CompletionKind, vscode.CompletionItemKind>> = {
  layer: vscode.CompletionItemKind.Class,
  define: vscode.CompletionItemKind.Module,
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.EnumMember,
  name: vscode.CompletionItemKind.Variable,
  path: vscode.CompletionItemKind.Reference,
  function: vscode.CompletionItemKind.Function,
};

/** Completion in model files. */
export class ModelCompletions implements vscode.CompletionItemProvider {
  private readonly client: LanguageClient;

  constructor(client: LanguageClient) {
    this.client = client;
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionItem[]> {
    const found = await this.client.ask('complete', placeRequest(document, position), token);
    return (found ?? []).map(toItem);
  }
}

function toItem(completion: Completion, index: number): vscode.CompletionItem {
  const { label, detail, documentation, insert, range, kind, asksOn } = completion;
  const item = new vscode.CompletionItem({ label, description: detail }, kinds[kind]);
  item.documentation = new vscode.MarkdownString(documentation);
  item.insertText = new vscode.SnippetString(insert);
  item.range = toRange(range);
  // The order of the language, not that of the alphabet.
  item.sortText = String(index).padStart(4, '0');
  if (asksOn && !insert.includes('${')) {
    item.command = { command: 'editor.action.triggerSuggest', title: '' };
  }
  return item;
}

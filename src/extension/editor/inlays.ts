import * as vscode from 'vscode';
import type { Disposable } from '../../base/lifetime.ts';
import { checkRequest } from '../checkRequest.ts';
import { debugType } from '../debugSession.ts';
import type { LanguageClient } from '../languageClient.ts';

/**
 * Output shape and parameters at the end of each layer's line; not while a training stands still, when the debugger's values are
 * there.
 */
export class ModelInlays implements vscode.InlayHintsProvider, Disposable {
  private readonly client: LanguageClient;
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly subscription: vscode.Disposable;
  private isHidden = isPaused();
  readonly onDidChangeInlayHints = this.changes.event;

  constructor(client: LanguageClient) {
    this.client = client;
    this.subscription = vscode.debug.onDidChangeActiveStackItem(() => {
      if (this.isHidden === isPaused()) return;
      this.isHidden = isPaused();
      this.changes.fire();
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.changes.dispose();
  }

  async provideInlayHints(
    document: vscode.TextDocument,
    { start, end }: vscode.Range,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlayHint[]> {
    if (this.isHidden) return [];
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

/** Whether a stack of a debugged training is shown. */
function isPaused(): boolean {
  const item = vscode.debug.activeStackItem;
  return item instanceof vscode.DebugStackFrame && item.session.type === debugType;
}

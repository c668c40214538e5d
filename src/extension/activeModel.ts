import * as vscode from 'vscode';
import { DisposableStore, Emitter, type Disposable } from '../base/lifetime.ts';
import { modelLanguage } from './models.ts';

/** The model that commands, panel and status bar are about: the one that was edited last. */
export class ActiveModel implements Disposable {
  private current: vscode.Uri | undefined;
  private readonly store = new DisposableStore();
  private readonly changes = new Emitter<vscode.Uri>();
  readonly onDidChange = this.changes.on;

  constructor() {
    this.store.add(this.changes);
    this.store.add(vscode.window.onDidChangeActiveTextEditor((editor) => this.follow(editor)));
    const { activeTextEditor, visibleTextEditors } = vscode.window;
    for (const editor of [...visibleTextEditors, activeTextEditor]) this.follow(editor);
  }

  get uri(): vscode.Uri | undefined {
    return this.current;
  }

  set(uri: vscode.Uri): void {
    if (this.current?.toString() === uri.toString()) return;
    this.current = uri;
    void vscode.commands.executeCommand('setContext', 'normscope.hasModel', true);
    this.changes.fire(uri);
  }

  dispose(): void {
    this.store.dispose();
  }

  private follow(editor: vscode.TextEditor | undefined): void {
    if (editor?.document.languageId === modelLanguage) this.set(editor.document.uri);
  }
}

import * as vscode from 'vscode';
import { DisposableStore, Emitter, type Disposable } from '../base/lifetime.ts';
import type { ActiveModel } from './activeModel.ts';
import { layerAtLine, lineOfLayer } from './layerAtLine.ts';
import type { Models } from './models.ts';

/** The layer that editor and panel have selected together. */
export class Selection implements Disposable {
  private readonly models: Models;
  private readonly active: ActiveModel;
  private readonly store = new DisposableStore();
  private readonly changes = new Emitter<string | null>();
  private path: string | null = null;
  /** Another layer is selected, by the editor's cursor, a view or the debugger. */
  readonly onDidChange = this.changes.on;

  constructor(models: Models, active: ActiveModel) {
    this.models = models;
    this.active = active;
    this.store.add(this.changes);
    this.store.add(
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.follow(textEditor)),
    );
  }

  get current(): string | null {
    return this.path;
  }

  /** Selects a layer; the cursor stays where it is. */
  select(path: string): void {
    if (path === this.path) return;
    this.path = path;
    this.changes.fire(path);
  }

  /** Shows the line of a layer of the active model in its editor; the focus stays where it is. */
  async reveal(path: string): Promise<void> {
    const model = this.active.uri && this.models.get(this.active.uri);
    const line = model && lineOfLayer(model.layers(), path);
    if (line === undefined) return;
    // Before the cursor moves: of the layers on that line, this one is meant.
    this.select(path);
    await this.revealLine(line);
  }

  /** Shows a line, from 1, of the active model in its editor; the focus stays where it is. */
  async revealLine(line: number): Promise<void> {
    const { uri } = this.active;
    if (uri === undefined) return;
    const document = await vscode.workspace.openTextDocument(uri);
    const { range } = document.lineAt(Math.min(line, document.lineCount) - 1);
    const start = new vscode.Position(
      range.start.line,
      document.lineAt(range.start.line).firstNonWhitespaceCharacterIndex,
    );
    await vscode.window.showTextDocument(document, {
      viewColumn: columnOf(uri),
      selection: new vscode.Range(start, start),
      preserveFocus: true,
    });
  }

  dispose(): void {
    this.store.dispose();
  }

  private follow({ document, selection }: vscode.TextEditor): void {
    if (document.uri.toString() !== this.active.uri?.toString()) return;
    const model = this.models.get(document.uri);
    // Places of an older text are off by some lines.
    if (model?.version !== document.version) return;
    const lines = document.getText().split(/\r?\n/);
    const path = layerAtLine(model.layers(), lines, selection.active.line + 1, this.path);
    if (path === this.path) return;
    this.path = path;
    this.changes.fire(path);
  }
}

/** The column where a file is open already; the first one else, so that the panel stays visible. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn {
  for (const { tabs, viewColumn } of vscode.window.tabGroups.all) {
    const isOpen = tabs.some(
      ({ input }) =>
        input instanceof vscode.TabInputText && input.uri.toString() === uri.toString(),
    );
    if (isOpen) return viewColumn;
  }
  return vscode.ViewColumn.One;
}

import * as vscode from 'vscode';
import { DisposableStore, Emitter, type Disposable } from '../base/lifetime.ts';
import type { ActiveModel } from './activeModel.ts';
import { layerAtLine, lineOfLayer } from './layerAtLine.ts';
import type { Models } from './models.ts';

/** The layers that editor and views have selected together: one before all others, and those at further cursors. */
export class Selection implements Disposable {
  private readonly models: Models;
  private readonly active: ActiveModel;
  private readonly store = new DisposableStore();
  private readonly changes = new Emitter<string | null>();
  private path: string | null = null;
  private others: readonly string[] = [];
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

  /** Layers that are selected together with the current one. */
  get also(): readonly string[] {
    return this.others;
  }

  /** Selects a layer, and others with it; the cursor stays where it is. */
  select(path: string, also: readonly string[] = []): void {
    this.set(path, also);
  }

  /** Shows the lines of layers of the active model in its editor, with a cursor at each; the focus stays where it is. */
  async reveal(path: string, also: readonly string[] = []): Promise<void> {
    const layers = (this.active.uri && this.models.get(this.active.uri)?.layers()) ?? [];
    const line = lineOfLayer(layers, path);
    if (line === undefined) return;
    // Before the cursor moves: of the layers on that line, this one is meant.
    this.select(path, also);
    const others = also.flatMap((other) => lineOfLayer(layers, other) ?? []);
    await this.revealLine(line, others);
  }

  /** Shows a line, from 1, of the active model in its editor, with further cursors at others; the focus stays where it is. */
  async revealLine(line: number, others: readonly number[] = []): Promise<void> {
    const { uri } = this.active;
    if (uri === undefined) return;
    const document = await vscode.workspace.openTextDocument(uri);
    const cursors = [...new Set([line, ...others])].map((number) => {
      const at = document.lineAt(Math.min(number, document.lineCount) - 1);
      const start = new vscode.Position(at.lineNumber, at.firstNonWhitespaceCharacterIndex);
      return new vscode.Selection(start, start);
    });
    const editor = await vscode.window.showTextDocument(document, {
      viewColumn: columnOf(uri),
      selection: cursors[0]!,
      preserveFocus: true,
    });
    if (cursors.length > 1) editor.selections = cursors;
  }

  dispose(): void {
    this.store.dispose();
  }

  private follow({ document, selections }: vscode.TextEditor): void {
    if (document.uri.toString() !== this.active.uri?.toString()) return;
    const model = this.models.get(document.uri);
    // Places of an older text are off by some lines.
    if (model?.version !== document.version) return;
    const lines = document.getText().split(/\r?\n/);
    const layers = model.layers();
    // Of the layers on one line, those that are selected already are meant.
    const known = this.path === null ? [] : [this.path, ...this.others];
    const paths = selections.flatMap(({ active }) => {
      const found = known.filter((path) => lineOfLayer(layers, path) === active.line + 1);
      if (found.length > 0) return found;
      return layerAtLine(layers, lines, active.line + 1, this.path) ?? [];
    });
    const [path = null, ...also] = new Set(paths);
    this.set(path, also);
  }

  private set(path: string | null, also: readonly string[]): void {
    const isSame = path === this.path && also.join('\n') === this.others.join('\n');
    if (isSame) return;
    this.path = path;
    this.others = also;
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

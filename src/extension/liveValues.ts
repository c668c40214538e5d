import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifetime.ts';
import { normWidth } from '../statistics/taps.ts';
import { showsLiveValues } from './configuration.ts';
import { debugType } from './debugSession.ts';
import { liveTexts } from './liveTexts.ts';
import type { Run } from './run.ts';
import type { RunController } from './runController.ts';

/** Five times a second is as fast as numbers can be read. */
const interval = 200;

/** Mean and variance before and after the norms, at the ends of their lines, while the window's run is open. */
export class LiveValues implements Disposable {
  private readonly runs: RunController;
  private readonly store = new DisposableStore();
  private readonly decoration = vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  private followed: Run | undefined;
  /** The norms' columns in the newest step. */
  private row: Float32Array | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(runs: RunController) {
    this.runs = runs;
    this.store.add(this.decoration);
    this.store.add(runs.onDidChange(() => this.follow()));
    const { window, workspace, debug } = vscode;
    const later = (): void => this.later();
    this.store.add(window.onDidChangeVisibleTextEditors(later));
    this.store.add(workspace.onDidChangeTextDocument(later));
    this.store.add(workspace.onDidChangeConfiguration(later));
    this.store.add(debug.onDidStartDebugSession(later));
    this.store.add(debug.onDidTerminateDebugSession(later));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.store.dispose();
  }

  private follow(): void {
    const { current } = this.runs;
    this.later();
    if (current === this.followed) return;
    this.followed = current;
    this.row = undefined;
    const width = (current?.info.norms.length ?? 0) * normWidth;
    current?.onDelta(({ steps }) => {
      if (steps === undefined || width === 0) return;
      // A copy: the newest of many steps does not hold on to the others.
      this.row = steps.norms.slice(-width);
      this.later();
    });
  }

  private later(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.draw();
    }, interval);
  }

  private draw(): void {
    const { followed: run, row } = this;
    const debugged = vscode.debug.activeDebugSession?.type === debugType;
    const isShown = run?.isOpen === true && row !== undefined && !debugged && showsLiveValues();
    for (const editor of vscode.window.visibleTextEditors) {
      const { document } = editor;
      const isModel = isShown && document.uri.fsPath === run.info.modelPath;
      editor.setDecorations(this.decoration, isModel ? decorations(run, row, document) : []);
    }
  }
}

function decorations(
  run: Run,
  row: Float32Array,
  document: vscode.TextDocument,
): vscode.DecorationOptions[] {
  const lineAt = (line: number): string | undefined =>
    line <= document.lineCount ? document.lineAt(line - 1).text : undefined;
  return liveTexts(run.info.norms, row, run.request.modelText, lineAt).map(({ line, text }) => {
    const { end } = document.lineAt(line - 1).range;
    const color = new vscode.ThemeColor('editorCodeLens.foreground');
    const after = { contentText: text, color, margin: '0 0 0 2em', fontStyle: 'italic' };
    return { range: new vscode.Range(end, end), renderOptions: { after } };
  });
}

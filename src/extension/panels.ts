import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifetime.ts';
import type { FromView, SavedViewState } from '../protocol/view.ts';
import type { ActiveModel } from './activeModel.ts';
import { opensPanelWithModel } from './configuration.ts';
import type { FollowedRun } from './followedRun.ts';
import type { FollowedRuns } from './followedRuns.ts';
import { modelLanguage, type Models } from './models.ts';
import { Panel, panelOptions, panelType, type PanelContent } from './panel.ts';
import type { PastRun, PastRuns } from './pastRuns.ts';
import type { Run } from './run.ts';
import type { RunController } from './runController.ts';
import { saveFile } from './saveFile.ts';
import type { Selection } from './selection.ts';
import type { Training } from './training.ts';

/** What panels show and do. */
export interface PanelServices {
  readonly extensionUri: vscode.Uri;
  readonly models: Models;
  readonly active: ActiveModel;
  readonly runs: RunController;
  readonly past: PastRuns;
  readonly followed: FollowedRuns;
  readonly training: Training;
  readonly selection: Selection;
}

/** The Normscope panel of a window: at most one, beside the model file. */
export class Panels implements Disposable, vscode.WebviewPanelSerializer {
  private readonly services: PanelServices;
  private readonly store = new DisposableStore();
  private panel: Panel | undefined;
  private followedRun: Run | undefined;
  /** The norm whose histograms the panel shows. */
  private histogramNorm: string | null = null;

  constructor(services: PanelServices) {
    this.services = services;
    const { models, active, runs, training, selection, past, followed } = services;
    this.store.add(vscode.window.registerWebviewPanelSerializer(panelType, this));
    this.store.add(
      active.onDidChange(() => {
        this.postModel();
        this.postRun();
      }),
    );
    this.store.add(
      models.onDidCheck(({ uri }) => {
        if (uri.toString() === active.uri?.toString()) this.postModel();
      }),
    );
    this.store.add(runs.onDidChange(() => this.followRun()));
    this.store.add(past.onDidChange(() => this.postRun()));
    this.store.add(followed.onDidChange(() => this.postRun()));
    this.store.add(
      followed.onDelta((delta) => {
        if (this.shownRun() === followed.current) this.panel?.postDelta(delta);
      }),
    );
    this.store.add(
      training.onFailure((error) => {
        this.panel?.post({ type: 'error', error });
      }),
    );
    this.store.add(
      selection.onDidChange((path) => {
        this.panel?.post({ type: 'selection', path, also: selection.also });
      }),
    );
    this.store.add(
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        this.openWith(editor);
      }),
    );
    this.openWith(vscode.window.activeTextEditor);
  }

  /** Shows the panel, beside the editor when it is new. */
  open(uri?: vscode.Uri): void {
    if (uri) this.services.active.set(uri);
    if (this.panel) {
      this.panel.reveal();
      return;
    }
    const options = panelOptions(this.services.extensionUri);
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    this.adopt(vscode.window.createWebviewPanel(panelType, 'Normscope', place, options));
  }

  /** VS Code calls this after a reload of the window. */
  deserializeWebviewPanel(webviewPanel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { modelUri } = (state ?? {}) as SavedViewState;
    if (this.services.active.uri === undefined && typeof modelUri === 'string') {
      this.restoreModel(vscode.Uri.parse(modelUri));
    }
    if (this.panel) webviewPanel.dispose();
    else this.adopt(webviewPanel);
    return Promise.resolve();
  }

  dispose(): void {
    this.panel?.dispose();
    this.store.dispose();
  }

  private openWith(editor: vscode.TextEditor | undefined): void {
    const isModel = editor?.document.languageId === modelLanguage;
    if (isModel && !this.panel && opensPanelWithModel()) this.open(editor.document.uri);
  }

  private restoreModel(uri: vscode.Uri): void {
    this.services.active.set(uri);
    this.services.models.checked(uri).then(
      () => this.postModel(),
      // The file is gone: the panel stays empty until another model is opened.
      () => undefined,
    );
  }

  private adopt(webviewPanel: vscode.WebviewPanel): void {
    const { extensionUri, past } = this.services;
    const panel = new Panel(webviewPanel, extensionUri, () => this.content());
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(extensionUri, 'media', `panel-${theme}.svg`);
    webviewPanel.iconPath = { light: icon('light'), dark: icon('dark') };
    this.panel = panel;
    panel.onVisible((isVisible) => {
      this.watchStream();
      // The page is made anew when it is seen again, and then says what it shows.
      if (!isVisible) this.watchHistogram(null);
    });
    this.watchStream();
    panel.onDidDispose(() => {
      if (this.panel === panel) this.panel = undefined;
      this.watchHistogram(null);
      this.watchStream();
    });
    panel.onMessage((message) => void this.act(message));
    void past.load();
  }

  private content(): PanelContent {
    return {
      model: this.model(),
      run: this.run(),
      selection: this.services.selection.current,
      also: this.services.selection.also,
    };
  }

  private model(): PanelContent['model'] {
    const { active, models } = this.services;
    return (active.uri && models.get(active.uri)?.view) ?? null;
  }

  /** The run of the model that is shown: numbers of another would stand at the wrong layers. */
  private run(): PanelContent['run'] {
    return this.shownRun()?.view() ?? null;
  }

  /**
   * The run of the model that is shown: the chosen one, the one that is open in this window or in another, the last one of this
   * window, or the one that it was at when it was closed.
   */
  shownRun(): Run | PastRun | FollowedRun | undefined {
    const { runs, past, followed, active } = this.services;
    const open = runs.current?.isOpen === true ? runs.current : undefined;
    const candidates = [past.chosen, open, followed.current, runs.current, past.latest];
    return candidates.find((run) => run && run.info.modelPath === active.uri?.fsPath);
  }

  private postModel(): void {
    this.panel?.post({ type: 'model', model: this.model() });
  }

  private postRun(): void {
    this.panel?.post({ type: 'run', run: this.run() });
    this.watchHistogram();
  }

  private followRun(): void {
    const { current } = this.services.runs;
    if (current !== this.followedRun) {
      this.followedRun = current;
      this.watchStream();
      current?.onDelta((delta) => {
        if (this.shownRun() === current) this.panel?.postDelta(delta);
      });
      this.postRun();
    } else if (current?.lost) {
      // A lost run can be resumed, which only the whole run tells.
      this.postRun();
    }
  }

  /** Nobody pays for the residual stream's statistics who does not see them. */
  private watchStream(): void {
    this.services.runs.current?.watchStream(this.panel?.isVisible === true);
  }

  private watchHistogram(norm = this.histogramNorm): void {
    this.histogramNorm = norm;
    const { current } = this.services.runs;
    current?.watchHistogram(this.shownRun() === current ? norm : null);
  }

  private async act(message: FromView): Promise<void> {
    const { training, selection, active } = this.services;
    switch (message.type) {
      case 'ready':
        return;
      case 'train':
        return training.train();
      case 'pause':
        return training.pause();
      case 'step':
        return training.step(message.count);
      case 'stop':
        return training.stop();
      case 'resume':
        return training.resume();
      case 'reveal':
        return selection.reveal(message.path, message.also);
      case 'revealLine':
        return selection.revealLine(message.line);
      case 'openExample':
        await vscode.commands.executeCommand('normscope.openExample');
        return;
      case 'watchHistogram':
        this.watchHistogram(message.norm);
        return;
      case 'save':
        return saveFile(message, active.uri);
    }
  }
}

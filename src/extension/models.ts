import path from 'node:path';
import * as vscode from 'vscode';
import { reportOf } from '../base/errors.ts';
import { fromJson, toJson, type JsonText } from '../base/json.ts';
import { DisposableStore, Emitter, type Disposable } from '../base/lifetime.ts';
import type { ViewModel } from '../protocol/view.ts';
import { checkRequest } from './checkRequest.ts';
import { debounceAfter } from './debounce.ts';
import { toDiagnostic } from './diagnostics.ts';
import type { LanguageClient } from './languageClient.ts';
import type { CheckedModel, LayerPlace } from './languageMethods.ts';
import type { Log } from './log.ts';

/** Language of model files, as the extension's manifest names it. */
export const modelLanguage = 'normscope-model';

/** A model file and what the newest check said about it. */
export interface Model {
  readonly uri: vscode.Uri;
  /** Version of the document that was checked. */
  readonly version: number;
  /** Read from their text when they are first asked for. */
  readonly layers: () => readonly LayerPlace[];
  readonly errors: readonly { readonly line: number; readonly message: string }[];
  readonly view: ViewModel;
}

interface Entry {
  readonly document: vscode.TextDocument;
  model: Model | undefined;
  /** The newest picture of a text without errors. */
  lastGood: CheckedModel | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Milliseconds to wait after a keystroke. */
  debounce: number;
  isChecking: boolean;
  isOutdated: boolean;
}

/** The open model files: checks them as they are edited and keeps what was found. */
export class Models implements Disposable {
  private readonly client: LanguageClient;
  private readonly log: Log;
  private readonly entries = new Map<string, Entry>();
  private readonly store = new DisposableStore();
  private readonly problems = vscode.languages.createDiagnosticCollection('normscope');
  private readonly changes = new Emitter<Model>();
  /** A model was checked anew. */
  readonly onDidCheck = this.changes.on;

  constructor(client: LanguageClient, log: Log) {
    this.client = client;
    this.log = log;
    this.store.add(this.problems);
    this.store.add(this.changes);
    const { workspace } = vscode;
    this.store.add(workspace.onDidOpenTextDocument((document) => this.open(document)));
    this.store.add(workspace.onDidCloseTextDocument((document) => this.close(document)));
    this.store.add(workspace.onDidChangeTextDocument(({ document }) => this.edited(document)));
    this.store.add(workspace.onDidGrantWorkspaceTrust(() => this.checkAll()));
    for (const document of workspace.textDocuments) this.open(document);
  }

  /** What is known of a model; also of one whose editor was closed, until it is opened again. */
  get(uri: vscode.Uri): Model | undefined {
    return this.entries.get(uri.toString())?.model;
  }

  /** The model after its newest text was checked. */
  async checked(uri: vscode.Uri): Promise<Model> {
    const document = await vscode.workspace.openTextDocument(uri);
    this.open(document);
    const isCurrent = (model: Model | undefined): model is Model =>
      model?.version === document.version;
    const known = this.get(uri);
    if (isCurrent(known)) return known;
    return new Promise((resolve) => {
      const subscription = this.onDidCheck((model) => {
        if (model.uri.toString() !== uri.toString() || !isCurrent(model)) return;
        subscription.dispose();
        resolve(model);
      });
      this.edited(document, 0);
    });
  }

  dispose(): void {
    for (const { timer } of this.entries.values()) clearTimeout(timer);
    this.entries.clear();
    this.store.dispose();
  }

  private open(document: vscode.TextDocument): void {
    if (document.languageId !== modelLanguage) return;
    const key = document.uri.toString();
    const known = this.entries.get(key);
    if (known?.document === document) return;
    this.entries.set(key, {
      document,
      model: known?.model,
      lastGood: known?.lastGood,
      timer: undefined,
      debounce: debounceAfter(0),
      isChecking: false,
      isOutdated: false,
    });
    this.edited(document, 0);
  }

  private close(document: vscode.TextDocument): void {
    const entry = this.entries.get(document.uri.toString());
    if (entry?.document !== document) return;
    clearTimeout(entry.timer);
    this.problems.delete(document.uri);
  }

  private checkAll(): void {
    for (const { document } of this.entries.values()) {
      if (!document.isClosed) this.edited(document, 0);
    }
  }

  private edited(document: vscode.TextDocument, delay?: number): void {
    const entry = this.entries.get(document.uri.toString());
    if (entry?.document !== document) return;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void this.check(entry), delay ?? entry.debounce);
  }

  private async check(entry: Entry): Promise<void> {
    if (entry.isChecking) {
      entry.isOutdated = true;
      return;
    }
    entry.isChecking = true;
    const { document } = entry;
    const { version } = document;
    const started = performance.now();
    try {
      const checked = await this.client.check(checkRequest(document));
      entry.debounce = debounceAfter(performance.now() - started);
      if (!document.isClosed) this.accept(entry, checked, version);
    } catch (error) {
      const { message } = reportOf(error);
      this.log.error(`${document.uri.fsPath}: ${message}`);
      if (!document.isClosed) this.acceptFailure(entry, message, version);
    } finally {
      entry.isChecking = false;
      if (entry.isOutdated) {
        entry.isOutdated = false;
        this.edited(document, 0);
      }
    }
  }

  /** The check itself failed: the last picture stays, and the first line says why. */
  private acceptFailure(entry: Entry, message: string, version: number): void {
    const { document, model } = entry;
    const problem = { severity: 'error', message, line: 1 } as const;
    const { view = emptyView(document), layers = () => [] } = model ?? {};
    const range = document.lineAt(0).range;
    this.problems.set(document.uri, [new vscode.Diagnostic(range, message)]);
    this.publish(entry, {
      uri: document.uri,
      version,
      layers,
      errors: [problem],
      view: { ...view, stale: true, lastGood: model !== undefined, problems: [problem] },
    });
  }

  private publish(entry: Entry, model: Model): void {
    entry.model = model;
    this.changes.fire(model);
  }

  private accept(entry: Entry, checked: CheckedModel, version: number): void {
    const { document } = entry;
    const errors = checked.diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ message, range }) => ({ message, line: range.start.line }));
    if (errors.length === 0) entry.lastGood = checked;
    // What is right of a broken text is drawn; a text of which nothing is leaves the picture before it.
    const shown = checked.canBeDrawn ? checked : (entry.lastGood ?? checked);
    // Ranges of an older text would underline the wrong words for a moment.
    if (version === document.version) {
      this.problems.set(document.uri, checked.diagnostics.map(toDiagnostic));
    }
    this.publish(entry, {
      uri: document.uri,
      version,
      layers: onDemand(checked.layers),
      errors,
      view: {
        ...emptyView(document),
        name: shown.name,
        topology: shown.topology,
        stale: errors.length > 0,
        lastGood: shown !== checked,
        problems: checked.diagnostics.map(({ severity, message, range }) => ({
          severity,
          message,
          line: range.start.line,
        })),
      },
    });
  }
}

/** The value of a text, read once. */
function onDemand<T>(text: JsonText<T>): () => T {
  let value: { readonly read: T } | undefined;
  return () => (value ??= { read: fromJson(text) }).read;
}

function emptyView(document: vscode.TextDocument): ViewModel {
  const fileName = path.basename(document.uri.path);
  return {
    name: fileName,
    fileName,
    uri: document.uri.toString(),
    topology: toJson({ name: fileName, items: [], links: [] }),
    stale: true,
    problems: [],
  };
}

import { existsSync, watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore, Emitter, toDisposable, type Disposable } from '../base/lifetime.ts';
import type { RunSummary } from '../engine/runs/summary.ts';
import type { ActiveModel } from './activeModel.ts';
import type { LanguageClient } from './languageClient.ts';
import type { RunController } from './runController.ts';

const { workspace } = vscode;
const modelPattern = '**/*.model.{yaml,yml}';
/** Milliseconds between two looks at the folders, however much happens there. */
const shortestPause = 1000;
/** The same while another process trains one of the runs. */
const trainingPause = 2000;
const mostModels = 2000;

/** A folder that models lie in, and the runs that lie beside them. */
export interface RunFolder {
  readonly folder: string;
  readonly runs: readonly RunSummary[];
}

/** The runs of the workspace's model files, of whatever window or program they are. */
export class WorkspaceRuns implements Disposable {
  private readonly client: LanguageClient;
  private readonly active: ActiveModel;
  private readonly store = new DisposableStore();
  private readonly changes = new Emitter<null>();
  private models: Promise<readonly string[]> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly watchers = new Map<string, FSWatcher>();
  /** The folders of runs may have changed; at most once a second. */
  readonly onDidChange = this.changes.on;

  constructor(client: LanguageClient, active: ActiveModel, runs: RunController) {
    this.client = client;
    this.active = active;
    const { store } = this;
    store.add(this.changes);
    const models = store.add(workspace.createFileSystemWatcher(modelPattern, false, true, false));
    const forget = (): void => {
      this.models = undefined;
      this.later();
    };
    store.add(models.onDidCreate(forget));
    store.add(models.onDidDelete(forget));
    store.add(workspace.onDidChangeWorkspaceFolders(forget));
    const folders = store.add(workspace.createFileSystemWatcher('**/.normscope/**'));
    store.add(folders.onDidCreate(() => this.later()));
    store.add(folders.onDidDelete(() => this.later()));
    store.add(toDisposable(() => [...this.watchers.keys()].forEach((key) => this.unwatch(key))));
    // Where a file system tells nothing, the runs of this window are seen all the same.
    store.add(runs.onDidChange(() => this.later()));
    store.add(active.onDidChange(() => this.later()));
  }

  /** Reads the folders. Rejects when the worker died or took too long. */
  async list(): Promise<readonly RunFolder[]> {
    this.models ??= findModels();
    const { uri } = this.active;
    const files = [...(await this.models), ...(uri?.scheme === 'file' ? [uri.fsPath] : [])];
    const folders = [...new Set(files.map((file) => path.dirname(file)))].sort();
    const parents = folders.map((folder) => path.join(folder, '.normscope', 'runs'));
    for (const parent of parents) this.watch(parent);
    const lists = await this.client.listRuns(parents);
    const isTraining = lists.some((runs) => runs.some(({ state }) => state === 'training'));
    if (isTraining) this.later(trainingPause);
    return folders.map((folder, i) => ({ folder, runs: lists[i] ?? [] }));
  }

  /** Says that something changed, without a pause before. */
  refresh(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.changes.fire(null);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.store.dispose();
  }

  /** The editor's own watchers miss what happens in folders that were made together with the one above them. */
  private watch(parent: string): void {
    if (this.watchers.has(parent)) return;
    try {
      const watcher = watch(parent, { persistent: false }, () => {
        this.later();
        if (!existsSync(parent)) this.unwatch(parent);
      });
      watcher.on('error', () => this.unwatch(parent));
      this.watchers.set(parent, watcher);
    } catch {
      // There are no runs yet; the next look tries again.
    }
  }

  private unwatch(parent: string): void {
    this.watchers.get(parent)?.close();
    this.watchers.delete(parent);
  }

  private later(pause = shortestPause): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.changes.fire(null);
    }, pause);
  }
}

async function findModels(): Promise<readonly string[]> {
  const found = await workspace.findFiles(modelPattern, '**/node_modules/**', mostModels);
  return found.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath);
}

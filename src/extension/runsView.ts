import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { NormscopeError, reportOf } from '../base/errors.ts';
import { DisposableStore, type Disposable } from '../base/lifetime.ts';
import { deleteRun, renameRun } from '../engine/runs/summary.ts';
import { showError, type Log } from './log.ts';
import type { Panels } from './panels.ts';
import type { PastRuns } from './pastRuns.ts';
import type { RunController } from './runController.ts';
import {
  groupByModel,
  rowsInside,
  runTreeItem,
  titleOf,
  type RunNode,
  type RunTreeNode,
} from './runItems.ts';
import type { Training } from './training.ts';
import type { WorkspaceRuns } from './workspaceRuns.ts';

const { window, workspace } = vscode;

/** What the actions of the tree work with. */
export interface RunsViewServices {
  readonly runs: RunController;
  readonly training: Training;
  readonly past: PastRuns;
  readonly panels: Panels;
  readonly log: Log;
}

/** The tree of the workspace's runs in the side bar, and what can be done with a run there. */
export class RunsView implements Disposable, vscode.TreeDataProvider<RunTreeNode> {
  private readonly list: WorkspaceRuns;
  private readonly services: RunsViewServices;
  private readonly store = new DisposableStore();
  private readonly changes = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<RunTreeNode>;
  readonly onDidChangeTreeData = this.changes.event;

  constructor(list: WorkspaceRuns, services: RunsViewServices) {
    this.list = list;
    this.services = services;
    const { store } = this;
    store.add(this.changes);
    this.view = store.add(
      window.createTreeView('normscope.runs', {
        treeDataProvider: this,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    const reload = (): void => {
      this.changes.fire(undefined);
    };
    store.add(list.onDidChange(reload));
    store.add(workspace.onDidGrantWorkspaceTrust(reload));
    const actions: Readonly<Record<string, (nodes: readonly RunNode[]) => Promise<void>>> = {
      showRun: ([node]) => this.show(node),
      resumeRun: ([node]) => this.resume(node),
      renameRun: ([node]) => this.rename(node),
      deleteRun: (nodes) => this.delete(nodes),
      revealRun: ([node]) => services.training.showRunFolder(node?.run.directory),
    };
    for (const [name, action] of Object.entries(actions)) {
      store.add(vscode.commands.registerCommand(`normscope.${name}`, this.guarded(action)));
    }
    store.add(vscode.commands.registerCommand('normscope.refreshRuns', () => list.refresh()));
  }

  async getChildren(node?: RunTreeNode): Promise<RunTreeNode[]> {
    if (node !== undefined) return [...rowsInside(node)];
    if (!workspace.isTrusted) return [];
    try {
      return [...groupByModel(await this.list.list())];
    } catch (error) {
      this.services.log.warn(reportOf(error).message);
      return [];
    }
  }

  getTreeItem(node: RunTreeNode): vscode.TreeItem {
    const { current } = this.services.runs;
    const isPaused =
      node.kind === 'run' &&
      current?.info.directory === node.run.directory &&
      current.isOpen &&
      current.state !== 'training';
    return runTreeItem(node, isPaused);
  }

  dispose(): void {
    this.store.dispose();
  }

  /** A command of the tree: on the row that it was called for, on all that are selected with it, or on the selection. */
  private guarded(action: (nodes: readonly RunNode[]) => Promise<void>) {
    return async (node?: RunTreeNode, selected?: readonly RunTreeNode[]): Promise<void> => {
      const nodes = selected ?? (node === undefined ? this.view.selection : [node]);
      try {
        await action(nodes.filter((each) => each.kind === 'run'));
      } catch (error) {
        showError(this.services.log, reportOf(error));
      }
      this.list.refresh();
    };
  }

  private async show(node: RunNode | undefined): Promise<void> {
    if (node === undefined) return;
    const { panels } = this.services;
    await this.choose(node);
    panels.open(vscode.Uri.file(modelOf(node)));
  }

  private async resume(node: RunNode | undefined): Promise<void> {
    if (node === undefined) return;
    await this.show(node);
    await this.services.training.resume();
  }

  /** Makes a run the one that is looked at; the newest of this window needs not be read from its folder. */
  private async choose(node: RunNode): Promise<void> {
    const { runs, past } = this.services;
    const { directory } = node.run;
    const modelPath = modelOf(node);
    try {
      await workspace.fs.stat(vscode.Uri.file(modelPath));
    } catch {
      const message = l10n.t(
        'The model file {0} of this run is not there any more. Restore it to see the run.',
        modelPath,
      );
      throw new NormscopeError('input', 'model-missing', message);
    }
    if (runs.current?.info.directory === directory) past.unchoose();
    else await past.choose(directory, modelPath);
  }

  private async rename(node: RunNode | undefined): Promise<void> {
    if (node === undefined) return;
    const name = await window.showInputBox({
      title: l10n.t('Rename Run'),
      prompt: l10n.t('A name for {0}; leave it empty to go back to the time.', node.run.id),
      value: node.run.name ?? '',
    });
    if (name !== undefined) await renameRun(node.run.directory, name);
  }

  private async delete(nodes: readonly RunNode[]): Promise<void> {
    const [first] = nodes;
    if (first === undefined) return;
    const remove = l10n.t('Delete');
    const message =
      nodes.length === 1
        ? l10n.t('Delete the run {0}?', titleOf(first.run))
        : l10n.t('Delete {0} runs?', nodes.length);
    const detail = l10n.t('Its statistics and checkpoints are deleted for good.');
    const choice = await window.showWarningMessage(message, { modal: true, detail }, remove);
    if (choice !== remove) return;
    const { past } = this.services;
    for (const { run } of nodes) {
      await deleteRun(run.directory);
      if (past.chosen?.info.directory === run.directory) past.unchoose();
    }
  }
}

function modelOf({ modelPath, run }: RunNode): string {
  if (modelPath !== undefined) return modelPath;
  const message = l10n.t('The run {0} is damaged: {1}', run.id, run.problem ?? '');
  throw new NormscopeError('environment', 'run-unreadable', message);
}

import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifetime.ts';
import type { NormView } from '../debugger/inspection.ts';
import type { SavedSteps } from '../protocol/debug.ts';
import { activeSession } from './debugSession.ts';
import type { Selection } from './selection.ts';

/** A step that the debugger can go to without computing anything again. */
export interface SavedStep {
  readonly step: number;
  readonly isSnapshot: boolean;
  readonly isCheckpoint: boolean;
  /** The training stands there. */
  readonly isHere: boolean;
}

/** What the side bar shows of a training while it is debugged: its norms, and the steps that are saved. */
export class DebugViews implements Disposable {
  private readonly store = new DisposableStore();

  constructor(selection: Selection) {
    const norms = new Rows<NormView>(normsOf, normItem);
    const checkpoints = new Rows<SavedStep>(savedStepsOf, savedStepItem);
    const { store } = this;
    store.add(vscode.window.registerTreeDataProvider('normscope.norms', norms));
    store.add(vscode.window.registerTreeDataProvider('normscope.checkpoints', checkpoints));
    const refresh = (): void => {
      norms.refresh();
      checkpoints.refresh();
    };
    store.add(vscode.debug.onDidChangeActiveStackItem(refresh));
    store.add(vscode.debug.onDidChangeActiveDebugSession(refresh));
    const { registerCommand } = vscode.commands;
    const request =
      (name: string) =>
      async ({ step }: SavedStep): Promise<void> => {
        await activeSession()?.customRequest(name, { step });
      };
    store.add(registerCommand('normscope.goToSavedStep', request('normscope/goToStep')));
    store.add(registerCommand('normscope.resumeFromStep', request('normscope/resumeFrom')));
    store.add(
      registerCommand('normscope.revealNorm', async (norm: NormView) => {
        selection.select(norm.path);
        await selection.revealLine(norm.line);
      }),
    );
  }

  dispose(): void {
    this.store.dispose();
  }
}

/** A list that is asked for again at each stop; empty while the training is under way. */
class Rows<T> implements vscode.TreeDataProvider<T> {
  private readonly load: (session: vscode.DebugSession) => Promise<readonly T[]>;
  private readonly changes = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  readonly getTreeItem: (row: T) => vscode.TreeItem;

  constructor(
    load: (session: vscode.DebugSession) => Promise<readonly T[]>,
    item: (row: T) => vscode.TreeItem,
  ) {
    this.load = load;
    this.getTreeItem = item;
  }

  refresh(): void {
    this.changes.fire(undefined);
  }

  async getChildren(row?: T): Promise<T[]> {
    const session = activeSession();
    if (row !== undefined || session === undefined) return [];
    try {
      return [...(await this.load(session))];
    } catch {
      // The training is under way, or over.
      return [];
    }
  }
}

async function normsOf(session: vscode.DebugSession): Promise<readonly NormView[]> {
  const { norms } = (await session.customRequest('normscope/norms')) as {
    readonly norms: readonly NormView[];
  };
  return norms;
}

function normItem(norm: NormView): vscode.TreeItem {
  const { path, type, line, text, inMean, inVar, outMean, outVar } = norm;
  const item = new vscode.TreeItem(path);
  item.description = text;
  item.tooltip = `${l10n.t('{0}, line {1}', type, line)}\n${text}`;
  const isSound = [inMean, inVar, outMean, outVar].every(Number.isFinite);
  item.iconPath = isSound
    ? new vscode.ThemeIcon('graph-line')
    : new vscode.ThemeIcon('error', new vscode.ThemeColor('errorForeground'));
  item.command = {
    command: 'normscope.revealNorm',
    title: l10n.t('Show Line'),
    arguments: [norm],
  };
  return item;
}

async function savedStepsOf(session: vscode.DebugSession): Promise<readonly SavedStep[]> {
  const saved = (await session.customRequest('normscope/savedSteps')) as SavedSteps & {
    readonly step?: number;
  };
  const snapshots = new Set(saved.snapshots);
  const checkpoints = new Set(saved.checkpoints);
  return [...new Set([...snapshots, ...checkpoints])]
    .sort((a, b) => b - a)
    .map((step) => ({
      step,
      isSnapshot: snapshots.has(step),
      isCheckpoint: checkpoints.has(step),
      isHere: step === saved.step,
    }));
}

function savedStepItem({ step, isSnapshot, isCheckpoint, isHere }: SavedStep): vscode.TreeItem {
  const item = new vscode.TreeItem(l10n.t('step {0}', step));
  const kinds = [
    ...(isCheckpoint ? [l10n.t('checkpoint')] : []),
    ...(isSnapshot ? [l10n.t('snapshot in memory')] : []),
  ];
  item.description = kinds.join(', ');
  item.tooltip = isCheckpoint
    ? l10n.t('All parameters and the optimizer as they were before step {0}, on the disk.', step)
    : l10n.t('All parameters and the optimizer as they were before step {0}, in memory.', step);
  const icon = isHere ? 'debug-stackframe' : isCheckpoint ? 'save' : 'history';
  item.iconPath = new vscode.ThemeIcon(icon);
  item.contextValue = 'savedStep';
  return item;
}

import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifetime.ts';
import type { BreakpointCost } from '../debugger/debugged.ts';
import { activeSession } from './debugSession.ts';

/** Says in the status bar what the breakpoints of a debugged training cost at each step. */
export class BreakpointStatus implements Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly store = new DisposableStore();
  private readonly costs = new Map<string, BreakpointCost>();

  constructor() {
    const { Left } = vscode.StatusBarAlignment;
    this.item = vscode.window.createStatusBarItem('normscope.breakpoints', Left, 9);
    this.item.name = l10n.t('Normscope: Cost of Breakpoints');
    this.item.command = 'workbench.debug.action.focusBreakpointsView';
    const { debug } = vscode;
    this.store.add(this.item);
    this.store.add(
      debug.onDidReceiveDebugSessionCustomEvent(({ event, session, body }) => {
        if (event !== 'normscope/breakpointCost') return;
        this.costs.set(session.id, body as BreakpointCost);
        this.show();
      }),
    );
    this.store.add(debug.onDidChangeActiveDebugSession(() => this.show()));
    this.store.add(
      debug.onDidTerminateDebugSession(({ id }) => {
        this.costs.delete(id);
        this.show();
      }),
    );
  }

  dispose(): void {
    this.store.dispose();
  }

  private show(): void {
    const cost = this.costs.get(activeSession()?.id ?? '');
    if (cost === undefined || cost.cost === 'none') {
      this.item.hide();
      return;
    }
    const isSlow = cost.cost === 'record';
    this.item.text = isSlow
      ? `$(warning) ${l10n.t('breakpoints slow steps down')}`
      : `$(debug-breakpoint-conditional) ${l10n.t('breakpoints at full speed')}`;
    const explanation = isSlow
      ? l10n.t('A breakpoint needs values that each step has to compute a second time.')
      : l10n.t('The breakpoints are checked from what each step yields anyway.');
    this.item.tooltip = [explanation, ...cost.texts].join('\n');
    this.item.backgroundColor = isSlow
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.item.show();
  }
}

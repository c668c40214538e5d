import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifetime.ts';
import type { FollowedRuns } from './followedRuns.ts';
import type { PastRuns } from './pastRuns.ts';
import type { RunController } from './runController.ts';

/** Tells menus and the command palette what can be done with the run: `normscope.runState`, `normscope.hasRun`. */
export function publishRunContext(
  runs: RunController,
  past: PastRuns,
  followed: FollowedRuns,
): Disposable {
  const set = (name: string, value: unknown): void =>
    void vscode.commands.executeCommand('setContext', `normscope.${name}`, value);
  const publish = (): void => {
    const isViewer = followed.live !== undefined && runs.current?.isOpen !== true;
    set('runState', isViewer ? 'followed' : runs.phase);
    set('hasRun', runs.current !== undefined || past.latest !== undefined);
  };
  publish();
  const store = new DisposableStore();
  store.add(runs.onDidChange(publish));
  store.add(followed.onDidChange(publish));
  return store;
}

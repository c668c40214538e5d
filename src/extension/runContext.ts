import * as vscode from 'vscode';
import type { Disposable } from '../base/lifetime.ts';
import type { PastRuns } from './pastRuns.ts';
import type { RunController } from './runController.ts';

/** Tells menus and the command palette what can be done with the run: `normscope.runState`, `normscope.hasRun`. */
export function publishRunContext(runs: RunController, past: PastRuns): Disposable {
  const set = (name: string, value: unknown): void =>
    void vscode.commands.executeCommand('setContext', `normscope.${name}`, value);
  const publish = (): void => {
    set('runState', runs.phase);
    set('hasRun', runs.current !== undefined || past.latest !== undefined);
  };
  publish();
  return runs.onDidChange(publish);
}

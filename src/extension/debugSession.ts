import * as vscode from 'vscode';

/** Type of debug configurations, as the extension's manifest names it. */
export const debugType = 'normscope';

/** The session that the debugger's views are about, if it is one of a training. */
export function activeSession(): vscode.DebugSession | undefined {
  const session = vscode.debug.activeDebugSession;
  return session?.type === debugType ? session : undefined;
}

import * as vscode from 'vscode';

function setting<T>(name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration('normscope').get(name, otherwise);
}

/** Folders that data may be read from: the workspace's, and those of the user's settings. */
export function allowedRoots(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const own = folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
  return [...own, ...setting<readonly string[]>('data.allowedFolders', [])];
}

/** Threads of the engine; undefined leaves the choice to it. */
export function engineThreads(): number | undefined {
  const threads = setting<number>('engine.threads', 0);
  return threads > 0 ? threads : undefined;
}

/** Whether the panel opens by itself beside a model file. */
export function opensPanelWithModel(): boolean {
  return setting('panel.openWithModel', false);
}

/** Whether the lines of norms show their statistics while a training is under way. */
export function showsLiveValues(): boolean {
  return setting('editor.liveValues', true);
}

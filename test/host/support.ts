import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { NormscopeApi } from '../../src/extension/main.ts';
import type { RunPhase } from '../../src/extension/runController.ts';

/** A model that trains in a moment, on data that needs no file. */
export const tinyModel = `model: tiny
layers:
  - Linear: 8
  - Residual:
      name: block
      norm: LayerNorm
      placement: pre
      body: [{ Linear: 8 }, ReLU]
  - LayerNorm
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 3 } }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1 } }
  batch: 16
  steps: 60
  validate_every: 20
  seed: 4
`;

/** The same, without an end. */
export const endlessModel = tinyModel.replace('steps: 60', 'steps: 10000000');

/** What the extension offers, activated. */
export async function activate(): Promise<NormscopeApi> {
  const extension = vscode.extensions.getExtension<NormscopeApi>('normscope.normscope');
  assert.ok(extension, 'VS Code does not know normscope.normscope');
  return extension.activate();
}

/** Folder of the extension. */
export function extensionPath(): string {
  return vscode.extensions.getExtension('normscope.normscope')?.extensionPath ?? '';
}

/** Waits until `condition` holds. */
export async function until(
  condition: () => boolean,
  what: string,
  milliseconds = 20_000,
): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) assert.fail(`waited ${milliseconds} ms in vain until ${what}`);
    await delay(10);
  }
}

export function untilPhase(api: NormscopeApi, ...phases: readonly RunPhase[]): Promise<void> {
  return until(() => phases.includes(api.runs.phase), `the run is ${phases.join(' or ')}`);
}

/** Writes a file into the workspace and gives its address. */
export async function writeFile(name: string, text: string): Promise<vscode.Uri> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  const uri = vscode.Uri.joinPath(folder.uri, name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  return uri;
}

/** Opens a file of the workspace in an editor, with this text. */
export async function openFile(name: string, text: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await writeFile(name, text));
}

/** Replaces the whole text of an editor, as typing does. */
export async function setText(editor: vscode.TextEditor, text: string): Promise<void> {
  const { document } = editor;
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  assert.ok(await editor.edit((edit) => edit.replace(whole, text)));
}

export async function closeEditors(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Where the runs of a model lie. */
export function runsFolder(model: vscode.Uri): string {
  return path.join(path.dirname(model.fsPath), '.normscope', 'runs');
}

/**
 * The longest time, in milliseconds, that this process computed between two turns of its event loop, until `end` or for so many
 * milliseconds. Time in which the system ran others does not count, nor that of other threads.
 */
export async function longestBlock(end: number | Promise<unknown>): Promise<number> {
  const over = Promise.resolve(typeof end === 'number' ? delay(end) : end).then(() => true);
  let longest = 0;
  let cpu = process.cpuUsage();
  let loop = performance.eventLoopUtilization();
  while (!(await Promise.race([over, delay(2, false)]))) {
    const { user, system } = process.cpuUsage(cpu);
    const { active } = performance.eventLoopUtilization(loop);
    longest = Math.max(longest, Math.min(active, (user + system) / 1000));
    cpu = process.cpuUsage();
    loop = performance.eventLoopUtilization();
  }
  return longest;
}

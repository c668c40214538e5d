import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { FromView } from '../protocol/view.ts';

/** What is not a letter or digit of any script, a point, a hyphen or an underscore does not belong in a file's name. */
const unfit = /[^\p{L}\p{N}._-]+/gu;

/**
 * Asks where to save what a view made, beside the model file at first, and writes it there; does nothing when the user changes
 * their mind. What cannot be written is told in a message.
 */
export async function saveFile(
  { name, content, encoding }: Extract<FromView, { readonly type: 'save' }>,
  model: vscode.Uri | undefined,
): Promise<void> {
  const folder = model
    ? vscode.Uri.joinPath(model, '..')
    : vscode.workspace.workspaceFolders?.[0]?.uri;
  const fileName = name.replaceAll(unfit, '-');
  const extension = fileName.slice(fileName.lastIndexOf('.') + 1);
  const target = await vscode.window.showSaveDialog({
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, fileName) }),
    filters: { [extension.toUpperCase()]: [extension] },
  });
  if (!target) return;
  try {
    await vscode.workspace.fs.writeFile(target, Buffer.from(content, encoding));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(l10n.t('{0} was not saved: {1}', fileName, reason));
  }
}

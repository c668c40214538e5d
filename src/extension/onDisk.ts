import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type * as vscode from 'vscode';

/** Why a model cannot be trained where it is; undefined for one that is a file of a disk. */
export function whyNotOnDisk({ scheme, path: place }: vscode.Uri): string | undefined {
  if (scheme === 'file') return undefined;
  if (scheme === 'untitled') {
    return l10n.t('Save the model file to a folder before training it.');
  }
  return l10n.t(
    '{0} is not on a disk ({1}): training reads data files and writes runs there. Save a copy of it to a folder.',
    path.basename(place),
    scheme,
  );
}

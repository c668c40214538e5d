import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';

// The first import of the extension: texts may be made while the modules after it are loaded.
const { bundle } = vscode.l10n;
if (bundle !== undefined) l10n.config({ contents: bundle });

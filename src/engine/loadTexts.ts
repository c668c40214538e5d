import * as l10n from '@vscode/l10n';
import { textsVariable } from './texts.ts';

// The first import of every program: texts may be made while the modules after it are loaded.
const bundle = process.env[textsVariable];
if (bundle !== undefined) {
  try {
    l10n.config({ fsPath: bundle });
  } catch {
    // A bundle that cannot be read leaves English, which is in the program itself.
  }
}

import * as l10n from '@vscode/l10n';

// The page brings the texts of its language along. `texts.ts` imports this file, so that they are here before the first is made.
const bundle = document.getElementById('normscope')?.dataset['texts'];
if (bundle !== undefined) l10n.config({ contents: bundle });

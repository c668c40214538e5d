import path from 'node:path';
import { textsVariable } from '../engine/texts.ts';

/**
 * Language that POSIX' variables ask texts to be in, as VS Code names it; undefined for English and what we have no texts for.
 * The first one that is set decides.
 */
function languageOf({ LC_ALL, LC_MESSAGES, LANG }: NodeJS.ProcessEnv): string | undefined {
  const locale = [LC_ALL, LC_MESSAGES, LANG].find((value) => value !== undefined && value !== '');
  return /^zh([_-](CN|SG|Hans))?([.@]|$)/i.test(locale ?? '') ? 'zh-cn' : undefined;
}

// Runs before the texts are loaded. What programs read is the same everywhere.
const language = process.argv.includes('--json') ? undefined : languageOf(process.env);
if (language !== undefined) {
  const file = `bundle.l10n.${language}.json`;
  process.env[textsVariable] = path.join(import.meta.dirname, '..', 'l10n', file);
}

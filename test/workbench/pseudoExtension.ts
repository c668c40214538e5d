import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getL10nPseudoLocalized, type l10nJsonFormat } from '@vscode/l10n-dev';
import { root } from './testFiles.ts';

/** The language that nobody speaks: every letter of a text has an accent, and many are doubled. */
export const pseudoLanguage = 'qps-ploc';

function writePseudo(folder: string, english: string): void {
  const texts = JSON.parse(readFileSync(path.join(root, english), 'utf8')) as l10nJsonFormat;
  const file = path.join(folder, english.replace(/json$/, `${pseudoLanguage}.json`));
  writeFileSync(file, JSON.stringify(getL10nPseudoLocalized(texts)));
}

/** Makes a folder with the extension of the checkout that speaks the pseudo-language, too. */
export function makePseudoExtension(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'normscope-pseudo-'));
  // VS Code knows by the place of its program which extension asks, and with that its language.
  for (const name of ['package.json', 'package.nls.json', 'dist']) {
    const wanted = (file: string): boolean => !file.endsWith('.map');
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true, filter: wanted });
  }
  for (const name of ['media', 'examples', 'node_modules']) {
    symlinkSync(path.join(root, name), path.join(folder, name));
  }
  mkdirSync(path.join(folder, 'l10n'));
  writePseudo(folder, 'package.nls.json');
  writePseudo(folder, 'l10n/bundle.l10n.json');
  return folder;
}

/** The words of model files, in small letters: names of layers and arguments, and what these can be. */
export function wordsOfModels(): ReadonlySet<string> {
  const words = new Set<string>();
  const add = (text: string): void => {
    for (const word of text.match(/[A-Za-z]+/g) ?? []) words.add(word.toLowerCase());
  };
  const visit = (value: unknown, isName: boolean): void => {
    if (typeof value === 'string') {
      if (isName) add(value);
    } else if (Array.isArray(value)) {
      for (const inner of value) visit(inner, isName);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        add(key);
        visit(inner, key === 'enum' || key === 'const');
      }
    }
  };
  visit(JSON.parse(readFileSync(path.join(root, 'media/model.schema.json'), 'utf8')), false);
  return words;
}

/**
 * What of a text is not translated: its words in plain letters that are not among `names`, which no language translates.
 * @param names words, in any case
 */
export function plainWords(text: string, names: ReadonlySet<string>): readonly string[] {
  const words = text.match(/(?<![\p{L}\p{M}_$./])[A-Za-z]{2,}(?![\p{L}\p{M}_])/gu) ?? [];
  return words.filter((word) => !names.has(word.toLowerCase()));
}

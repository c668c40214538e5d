import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';

const bundle = path.resolve(import.meta.dirname, '../../l10n/bundle.l10n.zh-cn.json');

/** Lets the tests of a block read Chinese. Tests of other files share the bundle: afterwards it is English again. */
export function speakChinese(): void {
  before(() => {
    l10n.config({ contents: readFileSync(bundle, 'utf8') });
  });
  after(() => {
    l10n.config({ contents: {} });
  });
}

/** Throws unless a text is Chinese: no English sentence is left, and no placeholder without its value. Code may be in it. */
export function requireChinese(text: string): void {
  assert.match(text, /[\u4e00-\u9fff]/, `not Chinese: ${text}`);
  const prose = text.replaceAll(/`[^`]*`|\]\([^)]*\)/g, '');
  assert.doesNotMatch(prose, /[A-Za-z]+ [a-z]{2,} [a-z]{2,}/, `English is left: ${text}`);
  assert.doesNotMatch(text, /\{\d\}/, `a placeholder is left: ${text}`);
}

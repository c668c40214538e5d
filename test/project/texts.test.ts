import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  collectTexts,
  compareKeys,
  readTexts,
  sourceFiles,
  type Texts,
} from '../../scripts/l10n.ts';
import { proseIn } from './literals.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** What is prose to the search, but not read by users of the product. */
const exempt: readonly (readonly [file: RegExp, reason: string])[] = [
  [/^src\/compiler\/graph\//, 'the language of graphs and its errors are for those who develop'],
  [/^src\/compiler\/onnx\/(encode|gate)\.ts$/, 'a graph of ours that is wrong is a bug of ours'],
  [/^src\/compiler\/ops\//, 'so is a node'],
  [/^src\/compiler\/passes\//, 'and a pass'],
  [/\.as\.ts$/, 'AssemblyScript has no texts'],
  [
    /^src\/language\/syntax\/codes\.ts$/,
    'what the reference says of the codes is English, like all of it',
  ],
];

/** Reads like prose, and is part of the protocol. */
const words = new Set(['none: it is fed']);

/** English of a key: the word alone where a comment says which of its meanings is meant. */
function english(texts: Texts, key: string): string {
  const text = texts[key]!;
  return typeof text === 'string' ? text : text.message;
}

function placeholders(text: string): readonly string[] {
  return [...new Set(text.match(/\{\d\}/g) ?? [])].sort();
}

/** Commands that a text of the manifest links to. */
function links(text: string): readonly string[] {
  return text.match(/\(command:[^)]*\)/g) ?? [];
}

function requireSamePieces(
  texts: Texts,
  translated: Texts,
  pieces: (text: string) => readonly string[],
): void {
  for (const key of Object.keys(texts)) {
    const text = translated[key];
    assert.equal(typeof text, 'string', `${key} is a text`);
    assert.deepEqual(pieces(text as string), pieces(english(texts, key)), key);
  }
}

/** Whether a text may be what a literal with pieces put in (`{}`) became. */
function matching(literal: string): (text: string) => boolean {
  const pieces = literal
    .split('{}')
    .map((piece) => piece.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(`^${pieces.join('.*')}$`, 's');
  return (text) => pattern.test(text);
}

describe('texts', () => {
  const bundle = readTexts('l10n/bundle.l10n.json');
  const chinese = readTexts('l10n/bundle.l10n.zh-cn.json');
  const manifest = readTexts('package.nls.json');
  const chineseManifest = readTexts('package.nls.zh-cn.json');

  it('of the sources are all in the English bundle: `npm run l10n` writes it', async function () {
    this.timeout(300_000);
    assert.deepEqual(compareKeys(await collectTexts(), bundle), []);
  });

  it('are the same in both languages, with the same placeholders and links', () => {
    assert.deepEqual(compareKeys(bundle, chinese), []);
    requireSamePieces(bundle, chinese, placeholders);
    assert.deepEqual(compareKeys(manifest, chineseManifest), []);
    requireSamePieces(manifest, chineseManifest, links);
  });

  it('of the manifest are all used, and all there', () => {
    const used = readFileSync(path.join(root, 'package.json'), 'utf8').match(
      /(?<=")%[\w.]+%(?=")/g,
    );
    const keys = new Set(used?.map((name) => name.slice(1, -1)));
    assert.deepEqual([...keys].sort(), Object.keys(manifest).sort());
  });

  it('are sentences nowhere else', () => {
    // Registries hold English, which is translated where it is shown.
    const known = (text: string): boolean =>
      words.has(text) ||
      Object.hasOwn(bundle, text) ||
      (text.includes('{}') && keys.some(matching(text)));
    const keys = Object.keys(bundle);
    const found = sourceFiles()
      .filter((file) => !exempt.some(([pattern]) => pattern.test(file)))
      .flatMap((file) => proseIn(path.join(root, file)).map((literal) => ({ file, ...literal })))
      .filter(({ text }) => !known(text))
      .map(({ file, line, text }) => `${file}:${line}: ${text}`);
    assert.deepEqual(found, []);
  });
});

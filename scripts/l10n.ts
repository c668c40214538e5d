import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { getL10nJson } from '@vscode/l10n-dev';
import { registryTexts } from './registryTexts.ts';

const root = path.resolve(import.meta.dirname, '..');
const english = path.join(root, 'l10n/bundle.l10n.json');

type Text = string | { readonly message: string; readonly comment: readonly string[] };
/** By its key, a text; beside one that has several meanings in English stands which one it has. */
export type Texts = Readonly<Record<string, Text>>;

/** Reads a file of texts: text, or key of the manifest, to text. */
export function readTexts(file: string): Texts {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Texts;
}

function sorted(texts: Texts): Texts {
  const entries = Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

/** Path in the project of every source that runs on a user's machine. */
export function sourceFiles(): readonly string[] {
  return ['src', 'webview'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { encoding: 'utf8', recursive: true })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/'))),
  );
}

/**
 * Every text that the sources give to `l10n.t`, and those of the registries, sorted.
 * @throws Error when a text is put together instead of having placeholders
 */
export async function collectTexts(): Promise<Texts> {
  const scripts = sourceFiles().map((file) => ({
    contents: readFileSync(path.join(root, file), 'utf8'),
    extension: '.ts',
  }));
  const registered = Object.fromEntries(registryTexts().map((text) => [text, text]));
  return sorted({ ...registered, ...(await getL10nJson(scripts)) });
}

/** What a file of translated texts lacks and what it has too much, compared with the English one. */
export function compareKeys(texts: Texts, translated: Texts): readonly string[] {
  const missing = Object.keys(texts).filter((key) => !Object.hasOwn(translated, key));
  const superfluous = Object.keys(translated).filter((key) => !Object.hasOwn(texts, key));
  return [
    ...missing.map((key) => `missing: ${key}`),
    ...superfluous.map((key) => `superfluous: ${key}`),
  ];
}

function writeTexts(file: string, texts: Texts): void {
  writeFileSync(file, `${JSON.stringify(texts, null, 2)}\n`);
}

/** Writes the English bundle anew, sorts the Chinese one, and says what it lacks. */
async function main(): Promise<void> {
  const texts = await collectTexts();
  writeTexts(english, texts);
  const chineseFile = 'l10n/bundle.l10n.zh-cn.json';
  const chinese = readTexts(chineseFile);
  writeTexts(path.join(root, chineseFile), sorted(chinese));
  const manifest = compareKeys(readTexts('package.nls.json'), readTexts('package.nls.zh-cn.json'));
  const problems = [...compareKeys(texts, chinese), ...manifest];
  for (const problem of problems) console.log(problem);
  console.log(`${Object.keys(texts).length} texts, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) await main();

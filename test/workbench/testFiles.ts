import { readdirSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** Where a test runs; its folder in `test` decides. */
export type TestKind = 'unit' | 'webview' | 'host' | 'e2e';

export function kindOf(file: string): TestKind {
  const [, folder] = file.split('/');
  return folder === 'webview' || folder === 'host' || folder === 'e2e' ? folder : 'unit';
}

/** All test files as paths from the root of the project, optionally only those of one kind. */
export function listTestFiles(kind?: TestKind): string[] {
  return readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => `test/${file.replaceAll(path.sep, '/')}`)
    .filter((file) => file.endsWith('.test.ts') && (kind === undefined || kindOf(file) === kind))
    .sort();
}

/** The test files of a kind whose path holds one of the words of the command line, if there are any. */
export function chosenTestFiles(kind: TestKind): string[] {
  const words = process.argv.slice(2);
  const files = listTestFiles(kind);
  return words.length === 0 ? files : files.filter((file) => words.some((w) => file.includes(w)));
}

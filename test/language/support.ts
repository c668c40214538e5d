import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  checkModel,
  type CheckedModel,
  type CheckReport,
  type Diagnostic,
} from '../../src/language/check/check.ts';

const folder = path.join(import.meta.dirname, '../../examples');

/** The example models: name → text. */
export const examples: ReadonlyMap<string, string> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.model.yaml'))
    .map((file) => [
      file.replace('.model.yaml', ''),
      readFileSync(path.join(folder, file), 'utf8'),
    ]),
);

/** What is found in the data: a vocabulary of 65, and small pictures of ten classes. */
const facts = { vocabulary: 65, sample: [1, 28, 28], classes: 10, samples: 60_000 };

/** Checks with a vocabulary of 65, or small pictures of ten classes. */
export function check(text: string, overrides: readonly string[] = []): CheckReport {
  return checkModel(text, { facts, overrides });
}

/** A model that must be right. */
export function rightModel(text: string, overrides: readonly string[] = []): CheckedModel {
  const { diagnostics, model } = check(text, overrides);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  assert.ok(model);
  return model;
}

/** The text that a diagnostic underlines. */
export function underlined(text: string, { range: { start, end } }: Diagnostic): string {
  const lines = text.split('\n');
  const at = ({ line, column }: typeof start): number =>
    lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  return text.slice(at(start), at(end));
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, type TestKind } from './testFiles.ts';

/** What one kind of test reports when it has come to its end. */
export interface Results {
  readonly passed: number;
  readonly failed: number;
  /** Test files with at least one test that passed or failed, as paths from the root. */
  readonly files: readonly string[];
}

export function resultFile(kind: TestKind): string {
  return path.join(root, `.test-results/${kind}.json`);
}

export function writeResults(file: string, results: Results): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(results, null, 2));
}

export function readResultFile(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8')) as Results;
}

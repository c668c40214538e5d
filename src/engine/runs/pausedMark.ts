import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { runPaths } from './manifest.ts';

/**
 * Marks a run that its process holds and does not train at the moment, for those who follow it: a long validation, or a long step,
 * writes as little as a pause does. The file has no content, so that there is room for it on a full disk; a run whose folder is gone
 * is not marked. Never throws.
 */
export function markPaused(directory: string, isPaused: boolean): void {
  const file = runPaths(directory).paused;
  try {
    if (isPaused) writeFileSync(file, '');
    else rmSync(file, { force: true });
  } catch {
    // Training needs no mark, and what is wrong with the disk is told where something is lost by it.
  }
}

/** Whether whoever holds the run has it paused. Never throws. */
export function isMarkedPaused(directory: string): boolean {
  return existsSync(runPaths(directory).paused);
}

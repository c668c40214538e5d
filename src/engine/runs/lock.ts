import * as l10n from '@vscode/l10n';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { NormscopeError } from '../../base/errors.ts';
import type { RunWriter } from '../../protocol/status.ts';
import { writeError } from './durable.ts';

/** Who holds a run: a process id alone could be another process's by now, so that the start time belongs to it. */
interface Holder {
  readonly pid: number;
  /** When the process started, in the system's own words; '' where it cannot be had. */
  readonly started: string;
  readonly host: string;
}

const lockName = 'lock';

/** A run of this process's own until released. */
export interface RunLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a run. The lock of a process that is gone is taken over. Throws `run-busy` naming the process that holds it,
 * and what a failed write throws.
 */
export async function lockRun(directory: string): Promise<RunLock> {
  const file = path.join(directory, lockName);
  const own: Holder = { pid: process.pid, started: startOf(process.pid), host: hostname() };
  const text = JSON.stringify(own);
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await claim(file, text)) return { release: () => release(file, text) };
    const held = await readFile(file, 'utf8').catch(() => undefined);
    if (held === undefined) continue;
    const holder = parse(held);
    if (holder !== undefined && isAlive(holder)) throw busy(directory, holder);
    await removeStale(file, held);
  }
  throw busy(directory, undefined);
}

/** Who trains the run: a process that is alive, else undefined. Never throws. */
export async function holderOf(directory: string): Promise<RunWriter | undefined> {
  const held = await readFile(path.join(directory, lockName), 'utf8').catch(() => '');
  const holder = parse(held);
  if (holder === undefined || !isAlive(holder)) return undefined;
  return { pid: holder.pid, host: holder.host };
}

/** Whether a process that is alive trains the run. */
export async function isLocked(directory: string): Promise<boolean> {
  return (await holderOf(directory)) !== undefined;
}

/** Makes the lock with its content in one go: a lock without content would belong to nobody. */
async function claim(file: string, text: string): Promise<boolean> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await link(temporary, file);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') return false;
    // File systems without links: exclusive creation is the next best.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS')
      return await createExclusively(file, text);
    throw writeError(l10n.t('The lock of the run'), path.dirname(file), error);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function createExclusively(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw writeError(l10n.t('The lock of the run'), path.dirname(file), error);
  }
}

async function release(file: string, text: string): Promise<void> {
  const held = await readFile(file, 'utf8').catch(() => undefined);
  if (held === text) await rm(file, { force: true });
}

/** Two processes may find the same stale lock; the rename tells who was first, and a live lock moved by mistake goes back. */
async function removeStale(file: string, stale: string): Promise<void> {
  const aside = `${file}.${process.pid}.stale`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const moved = await readFile(aside, 'utf8').catch(() => stale);
  if (moved !== stale) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function parse(text: string): Holder | undefined {
  try {
    const { pid, started, host } = JSON.parse(text) as Partial<Holder>;
    return typeof pid === 'number' ? { pid, started: started ?? '', host: host ?? '' } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started, host }: Holder): boolean {
  // Another machine's processes cannot be looked at: believe it.
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = startOf(pid);
  return started === '' || now === '' || now === started;
}

/** Start time of a process as the system tells it; '' where it does not. */
function startOf(pid: number): string {
  try {
    if (process.platform === 'linux') {
      const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The command's name is in parentheses and may hold anything; the start time is the 20th field after it.
      return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    }
    if (process.platform === 'darwin') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    }
  } catch {
    // The process has just ended, or may not be looked at.
  }
  return '';
}

function busy(directory: string, holder: Holder | undefined): NormscopeError {
  const who =
    holder === undefined
      ? l10n.t('another process')
      : l10n.t('process {0} on {1}', holder.pid, holder.host);
  return new NormscopeError(
    'input',
    'run-busy',
    l10n.t('{0} is training {1}. Stop that training first, or start a new run.', who, directory),
  );
}

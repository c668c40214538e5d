import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Process ids of the engines that train runs of this workspace, by the locks of the runs. */
export function enginesOf(workspace: string): readonly number[] {
  const output = execFileSync('ps', ['-e', '-o', 'pid=,args='], { encoding: 'utf8' });
  const engines = output.split('\n').filter((line) => /dist[/\\]engine\.cjs/.test(line));
  const runs = path.join(workspace, '.normscope/runs');
  const holders = existsSync(runs) ? readdirSync(runs).map((id) => holderOf(runs, id)) : [];
  return engines.map((line) => parseInt(line, 10)).filter((pid) => holders.includes(pid));
}

function holderOf(runs: string, id: string): number | undefined {
  const lock = path.join(runs, id, 'lock');
  if (!existsSync(lock)) return undefined;
  return (JSON.parse(readFileSync(lock, 'utf8')) as { readonly pid: number }).pid;
}

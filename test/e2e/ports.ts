import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** How the system writes the state of a socket that waits for connections, in hexadecimal. */
const listening = '0A';

/** Process id of the process that started this one. Linux tells it. */
export function parentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command's name is in parentheses and may hold anything; the parent is the second field after it.
  return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
}

/** TCP ports at which a process waits for connections, on whatever address. Linux tells them. */
export function portsOf(pid: number): readonly number[] {
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map((name) => targetOf(pid, name)));
  return ['tcp', 'tcp6'].flatMap((protocol) => {
    const [, ...rows] = readFileSync(`/proc/${pid}/net/${protocol}`, 'utf8').trim().split('\n');
    return rows.flatMap((row) => {
      const [, address = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
      const isOwn = state === listening && sockets.has(`socket:[${inode}]`);
      return isOwn ? [parseInt(address.split(':')[1]!, 16)] : [];
    });
  });
}

/** What a file descriptor stands for; nothing when it was closed meanwhile. */
function targetOf(pid: number, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${name}`);
  } catch {
    return '';
  }
}

import * as l10n from '@vscode/l10n';
import type { Command } from 'commander';
import { engineHost } from '../debugger/engineHost.ts';
import { NormscopeDebugSession } from '../debugger/session.ts';
import { startEngine } from './engine.ts';

/** Adds `debug-adapter` to the program. */
export function addDebugAdapter(program: Command): void {
  program
    .command('debug-adapter')
    .description(
      l10n.t('the debugger for other editors: the Debug Adapter Protocol over stdin and stdout'),
    )
    .action(runDebugAdapter);
}

/** Speaks with one client until it disconnects or closes its end; a run that is open then ends with a checkpoint. */
async function runDebugAdapter(): Promise<void> {
  const session = new NormscopeDebugSession(engineHost(startEngine));
  const closed = new Promise<void>((resolve) => session.onClosed(() => resolve()));
  session.start(process.stdin, process.stdout);
  await closed;
  await session.close();
  process.stdin.destroy();
}

import * as l10n from '@vscode/l10n';
import './chooseLanguage.ts';
import '../engine/loadTexts.ts';
import { Command, CommanderError } from 'commander';
import { reportOf, type ErrorKind } from '../base/errors.ts';
import { addCheck } from './check.ts';
import { addDebugAdapter } from './debugAdapter.ts';
import { addExport } from './export.ts';
import { addProbe } from './probe.ts';
import { addStats } from './stats.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { addTrain } from './train.ts';
import { exitCode, expandOverrides } from './usage.ts';

const codeOfKind: Readonly<Record<ErrorKind, number>> = {
  input: exitCode.input,
  environment: exitCode.input,
  rule: exitCode.rule,
  internal: exitCode.internal,
};

function createProgram(terminal: Terminal): Command {
  const program = new Command('normscope')
    .description(l10n.t('design, train and inspect residual networks with normalization layers'))
    .exitOverride()
    .showHelpAfterError(l10n.t('(see --help)'))
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    })
    .addHelpText(
      'after',
      `\n${l10n.t('Exit codes: 0 fine, 1 the input is wrong, 2 usage, 3 training stopped by a rule, 70 internal.')}`,
    );
  for (const add of [addCheck, addTrain, addProbe, addStats, addExport]) add(program, terminal);
  addDebugAdapter(program);
  for (const command of program.commands) {
    command.exitOverride().copyInheritedSettings(program);
  }
  return program;
}

/** Runs a command and returns its exit code; every failure has been told to the terminal. */
async function run(parameters: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(expandOverrides(parameters), { from: 'user' });
    return exitCode.fine;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCode.fine : exitCode.usage;
    }
    const { kind, code, message } = reportOf(error);
    if (message !== '') {
      const label =
        kind === 'internal' ? l10n.t('internal error (please report it)') : `error ${code}`;
      terminal.complain(`${label}: ${message}`);
    }
    return codeOfKind[kind];
  }
}

const terminal = processTerminal();
void run(process.argv.slice(2), terminal).then((code) => {
  // Not process.exit(): what was printed must arrive first.
  process.exitCode = code;
});

import type { FileReport } from '../engine/checkFile.ts';
import type { Terminal } from './terminal.ts';

export function countErrors({ diagnostics }: FileReport): number {
  return diagnostics.filter(({ severity }) => severity === 'error').length;
}

/** Prints every problem as compilers do: `file:line:column: error code: message`. */
export function printDiagnostics(terminal: Terminal, name: string, report: FileReport): void {
  for (const { code, severity, message, range } of report.diagnostics) {
    const { line, column } = range.start;
    const label = terminal.style(severity === 'error' ? 'red' : 'yellow', severity);
    terminal.complain(`${name}:${line}:${column}: ${label} ${code}: ${message}`);
  }
}

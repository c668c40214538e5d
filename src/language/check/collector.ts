import type { Diagnostic, Fix, Report } from '../syntax/diagnostic.ts';
import type { DiagnosticCode } from '../syntax/codes.ts';
import type { Range } from '../syntax/tree.ts';

const maximumDiagnostics = 200;
/** Messages quote the text, and a word of it may be a megabyte. */
const longestMessage = 500;

/**
 * Gathers diagnostics. The same code at the same place counts once: a mistake in the body of a Repeat is one mistake. After
 * 200 further ones are dropped.
 */
export class Collector {
  private readonly found: Diagnostic[] = [];
  private readonly seen = new Set<string>();
  private errors = 0;

  /** Number of errors so far, the dropped ones too. */
  get errorCount(): number {
    return this.errors;
  }

  /** All diagnostics in the order of the text. */
  inOrder(): readonly Diagnostic[] {
    return this.found.toSorted(
      ({ range: { start: a } }, { range: { start: b } }) => a.line - b.line || a.column - b.column,
    );
  }

  add(
    severity: Diagnostic['severity'],
    code: DiagnosticCode,
    message: string,
    range: Range,
    path: string,
    fixes: readonly Fix[] = [],
  ): void {
    if (severity === 'error') this.errors++;
    const { start, end } = range;
    const key = [code, start.line, start.column, end.line, end.column].join();
    if (this.seen.has(key) || this.found.length >= maximumDiagnostics) return;
    this.seen.add(key);
    const isLong = message.length > longestMessage;
    const shown = isLong ? `${message.slice(0, longestMessage)}…` : message;
    const remedies = fixes.length > 0 && { fixes };
    this.found.push({ code, severity, message: shown, path, range, ...remedies });
  }

  /** Takes errors of the layer at `path`. */
  errorsOf(path: string): Report {
    return (code, message, range, fixes) => {
      this.add('error', code, message, range, path, fixes);
    };
  }
}

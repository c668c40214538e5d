import * as l10n from '@vscode/l10n';
import type { DiagnosticCode } from '../syntax/codes.ts';
import type { Fix, Report } from '../syntax/diagnostic.ts';
import {
  evaluate,
  ExpressionProblem,
  functionNames,
  isWord,
  type ExpressionValue,
} from '../syntax/expressions.ts';
import { nearestFix, withNearest } from '../syntax/nearest.ts';
import { describeNode, type Range, type SyntaxNode } from '../syntax/tree.ts';

/** The names that expressions may use. */
export interface Names {
  /** The value of a name; undefined when there is none. Throws `ExpressionProblem` when it cannot be computed. */
  get(name: string): ExpressionValue | undefined;
  /** All names, to suggest one from. */
  all(): Iterable<string>;
}

/** Reads values out of syntax nodes: evaluates expressions, and reports what is wrong. */
export class Reader {
  readonly names: Names;
  private readonly forward: Report;
  private count = 0;

  constructor(names: Names, report: Report) {
    this.names = names;
    this.forward = report;
  }

  /** Number of problems that this reader has reported. */
  get problemCount(): number {
    return this.count;
  }

  report(code: DiagnosticCode, message: string, range: Range, fixes?: readonly Fix[]): void {
    this.count++;
    this.forward(code, message, range, fixes);
  }

  /** The number that a node stands for; undefined, and reported, when it stands for none. */
  number(node: SyntaxNode, what: string): number | undefined {
    if (node.kind !== 'scalar' || node.value === null || typeof node.value === 'boolean') {
      this.report(
        'wrong-kind',
        l10n.t('{0} is a number, not {1}', what, describeNode(node)),
        node.range,
      );
      return undefined;
    }
    if (typeof node.value === 'number') {
      if (Number.isFinite(node.value)) return node.value;
      this.report('bad-value', l10n.t('{0} must be finite', what), node.range);
      return undefined;
    }
    const text = node.value;
    return this.guard(node, what, () => evaluate(text, (name) => this.names.get(name)));
  }

  /** A word: the scalar itself, or what `let` says it stands for. `accepts` says which words are meant literally. */
  word(node: SyntaxNode, accepts: (word: string) => boolean): string | boolean | undefined {
    if (node.kind !== 'scalar' || node.value === null || typeof node.value === 'number') {
      return undefined;
    }
    const { value } = node;
    if (typeof value === 'boolean' || accepts(value) || !isWord(value)) return value;
    const named = this.guard(node, value, () => this.names.get(value));
    return named === undefined || typeof named === 'number' ? value : named;
  }

  private guard<T>(node: SyntaxNode, what: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ExpressionProblem)) throw error;
      const problem = withNearest(error.message, error.word, this.known());
      const place = wordRange(node, error.word);
      const fixes = place && nearestFix(error.word, this.known(), place);
      this.report(error.code, l10n.t('{0}: {1}', what, problem), node.range, fixes);
      return undefined;
    }
  }

  private *known(): Iterable<string> {
    yield* this.names.all();
    yield* functionNames;
  }
}

/** Where a word of a formula stands; undefined where the text is not written as it is read. */
function wordRange(node: SyntaxNode, word: string): Range | undefined {
  const { start, end } = node.range;
  if (node.kind !== 'scalar' || word === '' || start.line !== end.line) return undefined;
  if (end.column - start.column !== node.text.length) return undefined;
  const index = node.text.search(new RegExp(`(?<!\\w)${word}(?!\\w)`));
  const column = start.column + index;
  if (index < 0) return undefined;
  return {
    start: { line: start.line, column },
    end: { line: start.line, column: column + word.length },
  };
}

import * as l10n from '@vscode/l10n';
import { dataNames, type DataSizes } from '../layers/dataShapes.ts';
import type { Names } from '../layers/reader.ts';
import type { Report } from '../syntax/diagnostic.ts';
import {
  evaluate,
  ExpressionProblem,
  functionNames,
  isWord,
  type ExpressionValue,
} from '../syntax/expressions.ts';
import { withNearest } from '../syntax/nearest.ts';
import { describeNode, type SyntaxEntry, type SyntaxNode } from '../syntax/tree.ts';

const identifier = /^[A-Za-z_]\w*$/;
const maximumDepth = 100;

/**
 * The names of `let` and of the data. Values may use each other in any order; each is computed when it is first asked for.
 * A value is a number, a formula, true or false, or a word such as `pre`.
 */
export class LetNames implements Names {
  /** Names that were asked for. */
  readonly used = new Set<string>();
  private readonly entries = new Map<string, SyntaxEntry>();
  private readonly values = new Map<string, ExpressionValue>();
  private readonly open = new Set<string>();
  private readonly broken = new Set<string>();
  private sizes: DataSizes = {};

  /** `node` is what stands under `let:`; what is wrong with it goes to `report`. */
  constructor(node: SyntaxNode | undefined, report: Report) {
    if (node === undefined || (node.kind === 'scalar' && node.value === null)) return;
    if (node.kind !== 'map') {
      const message = l10n.t('let is a map of names and values, not {0}', describeNode(node));
      report('wrong-kind', message, node.range);
      return;
    }
    for (const entry of node.entries) this.declare(entry, report);
  }

  /** Makes the sizes of the data known under their names. */
  setSizes(sizes: DataSizes): void {
    this.sizes = sizes;
  }

  get(name: string): ExpressionValue | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) return this.size(name);
    this.used.add(name);
    const held = this.values.get(name);
    if (held !== undefined) return held;
    if (this.broken.has(name)) {
      throw new ExpressionProblem(
        'bad-expression',
        l10n.t("the value of '{0}' in let is wrong", name),
      );
    }
    if (this.open.has(name)) {
      const circle = [...this.open, name].join(' → ');
      throw new ExpressionProblem('circular-let', l10n.t('let goes in a circle: {0}', circle));
    }
    if (this.open.size >= maximumDepth) {
      const message = l10n.t(
        'values of let depend on each other over more than {0} steps',
        maximumDepth,
      );
      throw new ExpressionProblem('bad-expression', message);
    }
    this.open.add(name);
    try {
      const value = this.compute(entry.value);
      this.values.set(name, value);
      return value;
    } catch (error) {
      this.broken.add(name);
      throw error;
    } finally {
      this.open.delete(name);
    }
  }

  *all(): Iterable<string> {
    yield* this.entries.keys();
    for (const name of dataNames) if (this.sizes[name] !== undefined) yield name;
  }

  /** Computes every value, so that what is wrong is reported at its own place. */
  checkAll(report: Report): void {
    for (const [name, entry] of this.entries) {
      if (this.values.has(name) || this.broken.has(name)) continue;
      const wasUsed = this.used.has(name);
      try {
        this.get(name);
      } catch (error) {
        if (!(error instanceof ExpressionProblem)) throw error;
        const problem = withNearest(error.message, error.word, this.suggested());
        report(error.code, l10n.t('{0} in let: {1}', name, problem), entry.value.range);
      }
      if (!wasUsed) this.used.delete(name);
    }
  }

  /** Names of `let` that nothing asked for, with their places. */
  *unused(): Iterable<SyntaxEntry> {
    for (const [name, entry] of this.entries) if (!this.used.has(name)) yield entry;
  }

  /** The names whose value is known, once `checkAll` has run. */
  known(): ReadonlyMap<string, ExpressionValue> {
    const known = new Map(this.values);
    for (const name of dataNames) {
      const size = this.size(name);
      if (size !== undefined) known.set(name, size);
    }
    return known;
  }

  private *suggested(): Iterable<string> {
    yield* this.all();
    yield* functionNames;
  }

  private size(name: string): number | undefined {
    const known = dataNames.find((candidate) => candidate === name);
    return known === undefined ? undefined : this.sizes[known];
  }

  private compute(node: SyntaxNode): ExpressionValue {
    if (node.kind !== 'scalar' || node.value === null) {
      throw new ExpressionProblem(
        'bad-expression',
        l10n.t('it is a number, a formula or a word, not {0}', describeNode(node)),
      );
    }
    const { value } = node;
    if (typeof value !== 'string') return value;
    if (identifier.test(value)) return this.get(value) ?? value;
    try {
      return evaluate(value, (name) => this.get(name));
    } catch (error) {
      // `two-spirals` is a word, `width-1` is a difference: the names decide.
      const isUnknown = error instanceof ExpressionProblem && error.code === 'unknown-name';
      if (isUnknown && isWord(value)) return value;
      throw error;
    }
  }

  private declare(entry: SyntaxEntry, report: Report): void {
    const { key, keyRange } = entry;
    if (!identifier.test(key)) {
      const message = l10n.t("'{0}' cannot be a name in formulas: use letters, digits and _", key);
      report('bad-name', message, keyRange);
    } else if (dataNames.some((name) => name === key) || functionNames.includes(key)) {
      const message = l10n.t(
        "'{0}' is known already (from the data, or as a function): choose another name",
        key,
      );
      report('reserved-name', message, keyRange);
    } else {
      this.entries.set(key, entry);
    }
  }
}

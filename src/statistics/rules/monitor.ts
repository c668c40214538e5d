import * as l10n from '@vscode/l10n';
import { checkExpression, type CheckedExpression, type Names } from '../expressions/check.ts';
import { evaluate } from '../expressions/evaluate.ts';
import { parseExpression } from '../expressions/parse.ts';
import { ExpressionError } from '../expressions/syntax.ts';
import { numberType } from '../expressions/values.ts';
import type { LayerFacts, Measure, RuleFacts } from './facts.ts';
import type { RuleDefinition } from './rule.ts';
import { Streaks } from './streaks.ts';

/** A rule that holds. */
export interface Finding {
  readonly rule: string;
  readonly phase: RuleDefinition['phase'];
  /** Layer or parameter; '' for the whole run. */
  readonly path: string;
  /** First step of those in a row in which it held. */
  readonly since: number;
  /** What, where, since when, and what may help. */
  readonly text: string;
}

/** What a condition says of a rule instead of its own. */
export interface RuleChoice {
  readonly condition?: string | undefined;
  /** Looks one after the other in which it must hold. */
  readonly steps?: number | undefined;
  /** Steps from one look to the next. */
  readonly every?: number | undefined;
}

/** Watches one rule step after step. */
export class RuleMonitor {
  private readonly rule: RuleDefinition;
  private readonly condition: CheckedExpression;
  private readonly steps: number;
  private readonly measure: Measure;
  private readonly streaks = new Streaks<string>();
  /** Steps from one look to the next; Infinity: the first step only. */
  readonly every: number;

  /** Throws `ExpressionError` that names the rule's numbers. */
  constructor(
    rule: RuleDefinition,
    { condition = rule.condition, steps = rule.steps, every = rule.every ?? 1 }: RuleChoice = {},
  ) {
    this.rule = rule;
    this.every = every;
    this.condition = checkExpression(parseExpression(condition), namesOf(rule));
    if (this.condition.type.kind !== 'boolean') {
      throw new ExpressionError(l10n.t('a condition compares, e.g. {0}', rule.condition), 0);
    }
    this.steps = steps;
    this.measure = rule.measure();
  }

  /** Whether it looks at a step. */
  isDue(step: number): boolean {
    return step % this.every === 0;
  }

  /** The taps that it looks at. */
  tapsOf(layers: readonly LayerFacts[]): readonly string[] {
    return this.rule.taps?.(layers) ?? [];
  }

  /** The places at which the rule holds in this step, for as many looks as it asks; none where it does not look. */
  check(facts: RuleFacts): readonly Finding[] {
    if (!this.isDue(facts.step)) return [];
    const found: Finding[] = [];
    for (const { path, numbers } of this.measure(facts)) {
      const length = this.streaks.note(path, facts.step, this.every, this.holds(numbers));
      if (length < this.steps) continue;
      found.push(this.finding(path, this.streaks.since(path) ?? facts.step, numbers));
    }
    return found;
  }

  private holds(numbers: Readonly<Record<string, number>>): boolean {
    const valueOf = (name: string): number => numbers[name] ?? NaN;
    const scope = { ...namesOf(this.rule), valueOf, statistic: () => undefined };
    return evaluate(this.condition, scope) === true;
  }

  private finding(path: string, since: number, numbers: Readonly<Record<string, number>>): Finding {
    const { name, phase } = this.rule;
    const [label, remedy] = [l10n.t(this.rule.label), l10n.t(this.rule.remedy)];
    const values = Object.entries(numbers)
      .map(([key, value]) => `${key} ${value.toPrecision(3)}`)
      .join(', ');
    const text =
      path === ''
        ? l10n.t('{0}: {1}, since step {2}. {3}', label, values, since, remedy)
        : l10n.t('{0} at {1}: {2}, since step {3}. {4}', label, path, values, since, remedy);
    return { rule: name, phase, path, since, text };
  }
}

function namesOf({ numbers }: RuleDefinition): Names {
  return {
    typeOf: (name) => (numbers.includes(name) ? numberType : undefined),
    names: () => numbers,
  };
}

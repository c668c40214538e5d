import { checkExpression, type CheckedExpression, type Names } from '../expressions/check.ts';
import { evaluate } from '../expressions/evaluate.ts';
import { parseExpression } from '../expressions/parse.ts';
import { ExpressionError } from '../expressions/syntax.ts';
import { numberType } from '../expressions/values.ts';
import type { RuleDefinition } from './definitions.ts';
import type { Measure, RuleFacts } from './facts.ts';

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

interface Streak {
  readonly since: number;
  readonly last: number;
}

/** Watches one rule step after step. */
export class RuleMonitor {
  private readonly rule: RuleDefinition;
  private readonly condition: CheckedExpression;
  private readonly steps: number;
  private readonly measure: Measure;
  private readonly streaks = new Map<string, Streak>();

  /**
   * `condition` takes the place of the rule's own, and `steps` of its number of steps. Throws `ExpressionError` that names the
   * rule's numbers.
   */
  constructor(rule: RuleDefinition, condition = rule.condition, steps = rule.steps) {
    this.rule = rule;
    this.condition = checkExpression(parseExpression(condition), namesOf(rule));
    if (this.condition.type.kind !== 'boolean') {
      throw new ExpressionError(`a condition compares, e.g. ${rule.condition}`, 0);
    }
    this.steps = steps;
    this.measure = rule.measure();
  }

  /** The places at which the rule holds in this step, for as many steps as it asks. */
  check(facts: RuleFacts): readonly Finding[] {
    const found: Finding[] = [];
    for (const { path, numbers } of this.measure(facts)) {
      if (!this.holds(numbers)) {
        this.streaks.delete(path);
        continue;
      }
      const before = this.streaks.get(path);
      const goesOn = before?.last === facts.step - 1 || before?.last === facts.step;
      const since = goesOn ? before.since : facts.step;
      this.streaks.set(path, { since, last: facts.step });
      if (facts.step - since + 1 >= this.steps) found.push(this.finding(path, since, numbers));
    }
    return found;
  }

  private holds(numbers: Readonly<Record<string, number>>): boolean {
    const valueOf = (name: string): number => numbers[name] ?? NaN;
    const scope = { ...namesOf(this.rule), valueOf, statistic: () => undefined };
    return evaluate(this.condition, scope) === true;
  }

  private finding(path: string, since: number, numbers: Readonly<Record<string, number>>): Finding {
    const { name, label, phase, remedy } = this.rule;
    const place = path === '' ? '' : ` at ${path}`;
    const values = Object.entries(numbers)
      .map(([key, value]) => `${key} ${value.toPrecision(3)}`)
      .join(', ');
    const text = `${label}${place}: ${values}, since step ${since}. ${remedy}`;
    return { rule: name, phase, path, since, text };
  }
}

function namesOf({ numbers }: RuleDefinition): Names {
  return {
    typeOf: (name) => (numbers.includes(name) ? numberType : undefined),
    names: () => numbers,
  };
}

import { NormscopeError } from '../../base/errors.ts';
import { globToRegExp } from '../../base/glob.ts';
import type { BreakpointReport, EngineBreakpoint } from '../../protocol/debug.ts';
import { checkExpression, type CheckedExpression } from '../../statistics/expressions/check.ts';
import { parseExpression } from '../../statistics/expressions/parse.ts';
import { ExpressionError } from '../../statistics/expressions/syntax.ts';
import { nonFiniteRule, rules } from '../../statistics/rules/definitions.ts';
import { RuleMonitor } from '../../statistics/rules/monitor.ts';
import { ownerOf } from '../../statistics/taps.ts';
import { hitCondition, type HitCondition } from './hits.ts';
import { parseLog, type LogPart } from './logText.ts';
import type { Namespace } from './namespace.ts';
import { needsOf, type Needs } from './scope.ts';
import { lossPath } from './timeline.ts';

/** One layer at which a breakpoint is checked. */
export interface Target {
  readonly path: string;
  readonly condition: CheckedExpression | undefined;
  readonly log: readonly LogPart[];
  readonly needs: readonly Needs[];
}

/** A breakpoint that can be checked. */
export interface ArmedBreakpoint {
  readonly breakpoint: EngineBreakpoint;
  readonly targets: readonly Target[];
  /** Steps one after the other in which the condition must hold. */
  readonly steps: number;
  readonly hits: HitCondition;
  readonly monitor: RuleMonitor | undefined;
  readonly report: BreakpointReport;
}

interface Names {
  readonly namespace: Namespace;
  readonly layers: ReadonlySet<string>;
}

/** Makes a breakpoint ready, or says in its report why it can never hold. */
export function armBreakpoint(breakpoint: EngineBreakpoint, names: Names): ArmedBreakpoint {
  const { id } = breakpoint;
  try {
    return breakpoint.kind === 'rule' ? armRule(breakpoint) : armPlace(breakpoint, names);
  } catch (error) {
    if (!(error instanceof NormscopeError)) throw error;
    const report = { id, verified: false, message: error.message, cost: 'none' } as const;
    return { breakpoint, targets: [], steps: 1, hits: () => true, monitor: undefined, report };
  }
}

function armRule(breakpoint: EngineBreakpoint): ArmedBreakpoint {
  const { id, rule: name, hitCondition: hit } = breakpoint;
  const { text, steps } = splitSteps(breakpoint.condition);
  const hits = hitCondition(hit);
  const common = { breakpoint, targets: [], steps: 1, hits };
  if (name === nonFiniteRule) {
    return { ...common, monitor: undefined, report: { id, verified: true, cost: 'none' } };
  }
  const rule = rules.find((candidate) => candidate.name === name);
  if (rule === undefined) {
    const known = [nonFiniteRule, ...rules.map((candidate) => candidate.name)].join(', ');
    throw new ExpressionError(`there is no rule ${name ?? ''}; there is ${known}`, 0);
  }
  const monitor = new RuleMonitor(rule, text ?? rule.condition, steps ?? rule.steps);
  return { ...common, monitor, report: { id, verified: true, cost: 'scalar' } };
}

function armPlace(breakpoint: EngineBreakpoint, names: Names): ArmedBreakpoint {
  const { id, log } = breakpoint;
  const { text, steps } = splitSteps(conditionOf(breakpoint));
  const paths = pathsOf(breakpoint, names.layers);
  const problems: ExpressionError[] = [];
  const targets = paths.flatMap((path): readonly Target[] => {
    try {
      const condition = text === undefined ? undefined : conditionAt(text, path, names);
      const parts = log === undefined ? [] : parseLog(log, names.namespace.at(path));
      const expressions = [condition, ...parts.map(({ expression }) => expression)];
      const needs = expressions.flatMap((expression) =>
        expression ? [needsOf(expression, names.namespace, path)] : [],
      );
      return [{ path, condition, log: parts, needs }];
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      problems.push(error);
      return [];
    }
  });
  // A glob may name layers that lack what the condition is about.
  const [problem] = problems;
  if (targets.length === 0 && problem) throw problem;
  const hits = hitCondition(breakpoint.hitCondition);
  const report = { id, verified: true, ...costOf(targets) };
  return { breakpoint, targets, steps: steps ?? 1, hits, monitor: undefined, report };
}

function conditionAt(text: string, path: string, { namespace }: Names): CheckedExpression {
  const condition = checkExpression(parseExpression(text), namespace.at(path));
  if (condition.type.kind === 'boolean') return condition;
  throw new ExpressionError('a condition compares, e.g. var(in) > 4', 0);
}

function conditionOf({ kind, path, condition }: EngineBreakpoint): string | undefined {
  const text = condition?.trim();
  if (text === undefined || text === '') return undefined;
  return kind === 'data' && /^[<>=!]/.test(text) ? `\`${path ?? ''}\` ${text}` : text;
}

/** `var(in) > 4 for 20`: the condition, and the steps in which it must hold one after the other. */
function splitSteps(condition: string | undefined): {
  readonly text: string | undefined;
  readonly steps: number | undefined;
} {
  const match = /^(.*)\bfor\s+(\d+)(?:\s+steps?)?\s*$/s.exec(condition ?? '');
  if (match === null)
    return { text: condition?.trim() === '' ? undefined : condition, steps: undefined };
  return { text: match[1]!.trim(), steps: Math.max(1, Number(match[2])) };
}

function pathsOf(
  { kind, path = '' }: EngineBreakpoint,
  layers: ReadonlySet<string>,
): readonly string[] {
  const all = [...layers, lossPath];
  if (kind === 'function') {
    const pattern = globToRegExp(path, '.');
    const found = all.filter((layer) => pattern.test(layer));
    if (found.length > 0) return found;
    throw new ExpressionError(`no layer is named ${path}; paths are like ${all[0] ?? ''}`, 0);
  }
  const owner = kind === 'data' ? ownerOf(path, new Set(all)) : all.find((layer) => layer === path);
  if (owner !== undefined) return [owner];
  throw new ExpressionError(`there is no layer ${path}; paths are like ${all[0] ?? ''}`, 0);
}

function costOf(targets: readonly Target[]): Pick<BreakpointReport, 'cost' | 'message'> {
  const needs = targets.flatMap((target) => target.needs);
  if (needs.some(({ cost }) => cost === 'record')) {
    const names = new Set(needs.flatMap(({ taps }) => taps.map(({ name }) => name)));
    const message = `Each step computes ${[...names].slice(0, 3).join(', ')}${names.size > 3 ? ', ...' : ''} once more for this.`;
    return { cost: 'record', message };
  }
  if (!needs.some(({ cost }) => cost === 'scalar')) return { cost: 'none' };
  const elements = needs.reduce((sum, need) => sum + need.elements, 0);
  if (elements === 0) return { cost: 'scalar' };
  return {
    cost: 'scalar',
    message: `Each step reads ${elements} elements of parameters for this.`,
  };
}

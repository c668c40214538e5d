import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';
import { globToRegExp } from '../../base/glob.ts';
import type { BreakpointReport, EngineBreakpoint } from '../../protocol/debug.ts';
import { checkExpression, type CheckedExpression } from '../../statistics/expressions/check.ts';
import { parseExpression } from '../../statistics/expressions/parse.ts';
import { ExpressionError } from '../../statistics/expressions/syntax.ts';
import { nonFiniteRule, rules } from '../../statistics/rules/definitions.ts';
import { RuleMonitor, type RuleChoice } from '../../statistics/rules/monitor.ts';
import { ownerOf } from '../../base/paths.ts';
import { hitCondition, type HitCondition } from './hits.ts';
import { parseLog, type LogPart } from './logText.ts';
import type { Namespace } from './namespace.ts';
import { needsOf, type Needs } from './scope.ts';
import type { TapList, TapSpec } from './tapList.ts';
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
  /** Looks one after the other in which the condition must hold, and steps from one look to the next. */
  readonly steps: number;
  readonly every: number;
  readonly hits: HitCondition;
  /** Makes a monitor of the rule that it is about. */
  readonly rule: (() => RuleMonitor) | undefined;
  /** Taps that are computed for it at each look. */
  readonly taps: readonly TapSpec[];
  readonly report: BreakpointReport;
}

interface Names {
  readonly namespace: Namespace;
  readonly list: TapList;
}

const unconditional = { targets: [], steps: 1, every: 1, rule: undefined, taps: [] } as const;

/** Makes a breakpoint ready, or says in its report why it can never hold. */
export function armBreakpoint(breakpoint: EngineBreakpoint, names: Names): ArmedBreakpoint {
  const { id } = breakpoint;
  try {
    return breakpoint.kind === 'rule' ? armRule(breakpoint, names) : armPlace(breakpoint, names);
  } catch (error) {
    if (!(error instanceof NormscopeError)) throw error;
    const report = { id, verified: false, message: error.message, cost: 'none' } as const;
    return { ...unconditional, breakpoint, hits: () => true, report };
  }
}

function armRule(breakpoint: EngineBreakpoint, { list }: Names): ArmedBreakpoint {
  const { id, rule: name, hitCondition: hit } = breakpoint;
  const choice = splitCondition(breakpoint.condition);
  const common = { ...unconditional, breakpoint, hits: hitCondition(hit) };
  if (name === nonFiniteRule) return { ...common, report: { id, verified: true, cost: 'none' } };
  const definition = rules.find((candidate) => candidate.name === name);
  if (definition === undefined) {
    const known = [nonFiniteRule, ...rules.map((candidate) => candidate.name)].join(', ');
    throw new ExpressionError(l10n.t('there is no rule {0}; there is {1}', name ?? '', known), 0);
  }
  const rule = (): RuleMonitor => new RuleMonitor(definition, choice);
  const monitor = rule();
  const layers = [...list.layers].map(([path, type]) => ({ path, type }));
  const wanted = monitor.tapsOf(layers);
  const taps = wanted.flatMap((tap) => list.taps.get(tap) ?? []);
  if (definition.taps && taps.length === 0) {
    throw new ExpressionError(
      l10n.t('this model has no layer that {0} is about', l10n.t(definition.label)),
      0,
    );
  }
  const cost = taps.length === 0 ? ({ cost: 'scalar' } as const) : costOfTaps(taps, monitor.every);
  return { ...common, rule, taps, every: monitor.every, report: { id, verified: true, ...cost } };
}

function armPlace(breakpoint: EngineBreakpoint, names: Names): ArmedBreakpoint {
  const { id, log } = breakpoint;
  const { condition: text, steps = 1, every = 1 } = splitCondition(conditionOf(breakpoint));
  const paths = pathsOf(breakpoint, names.list.layers);
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
  const taps = targets.flatMap(({ needs }) => needs.flatMap((need) => need.taps));
  const report = { id, verified: true, ...costOf(targets, taps, every) };
  // The layers of a glob in the order in which the step passes them.
  const ordered = breakpoint.phase === 'backward' ? targets.toReversed() : targets;
  return { breakpoint, targets: ordered, steps, every, hits, rule: undefined, taps, report };
}

function conditionAt(text: string, path: string, { namespace }: Names): CheckedExpression {
  const condition = checkExpression(parseExpression(text), namespace.at(path));
  if (condition.type.kind === 'boolean') return condition;
  throw new ExpressionError(l10n.t('a condition compares, e.g. var(in) > 4'), 0);
}

function conditionOf({ kind, path, condition }: EngineBreakpoint): string | undefined {
  const text = condition?.trim();
  if (text === undefined || text === '') return undefined;
  return kind === 'data' && /^[<>=!]/.test(text) ? `\`${path ?? ''}\` ${text}` : text;
}

/** `var(in) > 4 for 20 every 10`: the condition, in how many looks one after the other it must hold, and how often to look. */
function splitCondition(condition: string | undefined): RuleChoice {
  const pattern = /^(.*)\b(for|every)\s+(\d+)(?:\s+(?:steps?|times?))?\s*$/s;
  const match = pattern.exec(condition ?? '');
  if (match === null) return condition?.trim() ? { condition: condition.trim() } : {};
  const [, rest, word, digits] = match;
  const number = Math.max(1, Number(digits));
  return { ...splitCondition(rest), ...(word === 'for' ? { steps: number } : { every: number }) };
}

function pathsOf(
  { kind, path = '' }: EngineBreakpoint,
  layers: ReadonlyMap<string, string>,
): readonly string[] {
  const all = [...layers.keys(), lossPath];
  if (kind === 'function') {
    const pattern = globToRegExp(path, '.');
    const found = all.filter((layer) => pattern.test(layer));
    if (found.length > 0) return found;
    throw new ExpressionError(
      l10n.t('no layer is named {0}; paths are like {1}', path, all[0] ?? ''),
      0,
    );
  }
  const owner = kind === 'data' ? ownerOf(path, new Set(all)) : all.find((layer) => layer === path);
  if (owner !== undefined) return [owner];
  throw new ExpressionError(
    l10n.t('there is no layer {0}; paths are like {1}', path, all[0] ?? ''),
    0,
  );
}

function costOf(
  targets: readonly Target[],
  taps: readonly TapSpec[],
  every: number,
): Pick<BreakpointReport, 'cost' | 'message'> {
  if (taps.length > 0) return costOfTaps(taps, every);
  const needs = targets.flatMap((target) => target.needs);
  if (!needs.some(({ cost }) => cost === 'scalar')) return { cost: 'none' };
  const elements = needs.reduce((sum, need) => sum + need.elements, 0);
  if (elements === 0) return { cost: 'scalar' };
  return {
    cost: 'scalar',
    message: l10n.t('{0} reads {1} elements for this.', stepsOf(every), elements),
  };
}

function costOfTaps(
  taps: readonly TapSpec[],
  every: number,
): Pick<BreakpointReport, 'cost' | 'message'> {
  const names = [...new Set(taps.map(({ name }) => name))];
  const listed = names.slice(0, 3).join(', ');
  const shown = names.length > 3 ? l10n.t('{0} and {1} more', listed, names.length - 3) : listed;
  const computed = l10n.t('{0} computes {1} once more for this.', stepsOf(every), shown);
  const message =
    every === 1
      ? l10n.t('{0} A condition that ends in `every 100` looks less often.', computed)
      : computed;
  return { cost: 'record', message };
}

function stepsOf(every: number): string {
  if (every === 1) return l10n.t('Each step');
  return Number.isFinite(every) ? l10n.t('One step in {0}', every) : l10n.t('The first step');
}

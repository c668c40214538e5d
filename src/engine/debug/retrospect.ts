import type { FoundStep } from '../../protocol/debug.ts';
import { evaluate } from '../../statistics/expressions/evaluate.ts';
import type { RuleFacts } from '../../statistics/rules/facts.ts';
import type { ArmedBreakpoint, Target } from './breakpoints.ts';
import type { Namespace } from './namespace.ts';
import type { Places } from './places.ts';
import { StepScope, type StepNumbers } from './scope.ts';

/** What is needed to tell whether a breakpoint held in a step of the past. */
export interface Past {
  readonly namespace: Namespace;
  readonly places: Places;
  readonly factsOf: (numbers: StepNumbers) => RuleFacts;
}

type Found = Omit<FoundStep, 'breakpoints'>;

/** The last of these steps, in their order, in which one of the breakpoints held, as far as the steps' numbers tell. */
export function findLast(
  armed: readonly ArmedBreakpoint[],
  history: readonly StepNumbers[],
  past: Past,
): FoundStep | undefined {
  let best: (FoundStep & { readonly position: number }) | undefined;
  for (const one of armed) {
    if (one.breakpoint.log !== undefined) continue;
    const found = one.rule ? lastFinding(one, history, past) : lastHold(one, history, past);
    if (found === undefined) continue;
    const position = past.places.position(found.phase, found.path);
    const { id } = one.breakpoint;
    if (best?.step === found.step) {
      const earlier = position < best.position ? { ...best, ...found, position } : best;
      best = { ...earlier, breakpoints: [...best.breakpoints, id] };
    } else if (best === undefined || found.step > best.step) {
      best = { ...found, position, breakpoints: [id] };
    }
  }
  if (best === undefined) return undefined;
  const { step, phase, path, breakpoints } = best;
  return { step, phase, breakpoints, ...(path !== undefined && { path }) };
}

function lastHold(
  { breakpoint, targets, steps }: ArmedBreakpoint,
  history: readonly StepNumbers[],
  { namespace }: Past,
): Found | undefined {
  const { phase } = breakpoint;
  let best: Found | undefined;
  for (const target of targets) {
    if (!target.needs.every(({ isHistoric }) => isHistoric)) continue;
    let streak = 0;
    for (let i = history.length - 1; i >= 0 && history[i]!.step > (best?.step ?? -1); i--) {
      streak = heldIn(target, history[i]!, namespace) ? streak + 1 : 0;
      if (streak < steps) continue;
      best = { step: history[i + steps - 1]!.step, phase, path: target.path };
      break;
    }
  }
  return best;
}

function heldIn({ condition, path }: Target, numbers: StepNumbers, namespace: Namespace): boolean {
  if (condition === undefined) return true;
  const scope = new StepScope(namespace, path, numbers, undefined, () => undefined);
  return evaluate(condition, scope) === true;
}

function lastFinding(
  { rule }: ArmedBreakpoint,
  history: readonly StepNumbers[],
  { places, factsOf }: Past,
): Found | undefined {
  const monitor = rule?.();
  let last: Found | undefined;
  for (const numbers of history) {
    const [finding] = monitor?.check(factsOf(numbers)) ?? [];
    if (finding === undefined) continue;
    const path = places.pathOf(finding);
    last = { step: numbers.step, phase: finding.phase, ...(path !== undefined && { path }) };
  }
  return last;
}

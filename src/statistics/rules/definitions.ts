import type { RuleDefinition } from './rule.ts';
import { scalarRules } from './scalarRules.ts';
import { tensorRules } from './tensorRules.ts';

/** The rule that is on by default, and is not computed from numbers: the engine finds it. */
export const nonFiniteRule = 'non-finite';

/** All rules that are computed from numbers. */
export const rules: readonly RuleDefinition[] = [...scalarRules, ...tensorRules];

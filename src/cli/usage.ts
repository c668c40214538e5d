import * as l10n from '@vscode/l10n';
import { InvalidArgumentError } from 'commander';

/** Exit codes of the command line; other programs rely on them. */
export const exitCode = {
  fine: 0,
  /** The input is wrong; the message names it. */
  input: 1,
  /** The command was called wrongly. */
  usage: 2,
  /** Training was stopped by a rule, e.g. a non-finite loss. */
  rule: 3,
  /** A bug of ours. */
  internal: 70,
} as const;

/** Parses a whole number of at least `least` for commander, which turns the error into a usage message. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(l10n.t('Give a whole number of at least {0}.', least));
    }
    return value;
  };
}

/** Collects the `path=value` pairs of a repeatable or many-valued `--set`. */
export function collectOverride(text: string, previous: readonly string[] = []): string[] {
  if (!/^[^=\s]+=/.test(text)) {
    throw new InvalidArgumentError(l10n.t('Give path=value, e.g. --set train.steps=100.'));
  }
  return [...previous, text];
}

/** Lets several pairs follow one `--set`: `--set a=1 b=2` means `--set a=1 --set b=2`. */
export function expandOverrides(parameters: readonly string[]): string[] {
  let afterSet = false;
  return parameters.flatMap((parameter, index) => {
    const isPair = /^[^-=\s][^=\s]*=/.test(parameter);
    const isValue = parameters[index - 1] === '--set';
    const isFurther = afterSet && isPair && !isValue;
    afterSet = isValue || isFurther;
    return isFurther ? ['--set', parameter] : [parameter];
  });
}

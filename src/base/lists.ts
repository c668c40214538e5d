import * as l10n from '@vscode/l10n';

/** `a`, `a or b`, `a, b or c`: things of which one is meant, in the language of the reader. */
export function anyOf(things: readonly string[]): string {
  const last = things.at(-1) ?? '';
  return things.length < 2 ? last : l10n.t('{0} or {1}', things.slice(0, -1).join(', '), last);
}

/** `a`, `a and b`, `a, b and c`: things that are all meant, in the language of the reader. */
export function allOf(things: readonly string[]): string {
  const last = things.at(-1) ?? '';
  return things.length < 2 ? last : l10n.t('{0} and {1}', things.slice(0, -1).join(', '), last);
}

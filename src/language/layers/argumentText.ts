import { describeRange, type ArgumentKind, type Fallback } from './arguments.ts';

/** What an argument takes, in words: `whole number >= 1`, `true, false`. */
export function kindText(kind: ArgumentKind): string {
  switch (kind.type) {
    case 'integer':
      return kind.min < 0 ? 'whole number' : `whole number >= ${kind.min}`;
    case 'number':
      return numberText(kind);
    case 'numberOrWord':
      return [numberText(kind), ...kind.words].join(', ');
    case 'flag':
      return 'true, false';
    case 'choice':
      return kind.options.join(', ');
    case 'integers':
      return 'whole number, or a list of them';
    case 'numbers':
      return kind.count === undefined
        ? 'number, or a list of them'
        : `list of ${kind.count} numbers`;
    case 'text':
      return 'text';
    case 'texts':
      return 'text, or a list of them';
    case 'reference':
      return 'path';
    case 'references':
      return 'list of paths';
    case 'layer':
      return `${kind.category} layer, or none`;
    case 'layers':
      return 'list of layers';
  }
}

function numberText(kind: Extract<ArgumentKind, { readonly type: 'number' | 'numberOrWord' }>) {
  return kind.min === -Infinity
    ? 'number'
    : `number ${describeRange(kind.min, kind.max, kind.includes)}`;
}

/** What an argument is when it is not given, in Markdown. */
export function fallbackText(fallback: Fallback): string {
  switch (fallback.kind) {
    case 'required':
      return 'required';
    case 'absent':
      return fallback.meaning;
    case 'value':
      return `\`${JSON.stringify(fallback.value)}\``;
    case 'name':
      return `\`${fallback.name}\``;
  }
}

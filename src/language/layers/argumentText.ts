import * as l10n from '@vscode/l10n';
import { describeRange, type ArgumentKind, type Fallback } from './arguments.ts';

/** What an argument takes, in words: `whole number >= 1`, `true, false`. */
export function kindText(kind: ArgumentKind): string {
  switch (kind.type) {
    case 'integer':
      return kind.min < 0 ? l10n.t('whole number') : l10n.t('whole number >= {0}', kind.min);
    case 'number':
      return numberText(kind);
    case 'numberOrWord':
      return [numberText(kind), ...kind.words].join(', ');
    case 'flag':
      return 'true, false';
    case 'choice':
      return kind.options.join(', ');
    case 'integers':
      return l10n.t('whole number, or a list of them');
    case 'numbers':
      return kind.count === undefined
        ? l10n.t('number, or a list of them')
        : l10n.t('list of {0} numbers', kind.count);
    case 'text':
      return l10n.t('text');
    case 'texts':
      return l10n.t('text, or a list of them');
    case 'reference':
      return l10n.t('path');
    case 'references':
      return l10n.t('list of paths');
    case 'layer':
      return l10n.t('{0} layer, or none', l10n.t(kind.category));
    case 'layers':
      return l10n.t('list of layers');
  }
}

function numberText(kind: Extract<ArgumentKind, { readonly type: 'number' | 'numberOrWord' }>) {
  return kind.min === -Infinity
    ? l10n.t('number')
    : l10n.t('number {0}', describeRange(kind.min, kind.max, kind.includes));
}

/** What an argument is when it is not given, in Markdown. */
export function fallbackText(fallback: Fallback): string {
  switch (fallback.kind) {
    case 'required':
      return l10n.t('required');
    case 'absent':
      return l10n.t(fallback.meaning);
    case 'value':
      return `\`${JSON.stringify(fallback.value)}\``;
    case 'name':
      return `\`${fallback.name}\``;
  }
}

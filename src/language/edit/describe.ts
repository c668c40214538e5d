import * as l10n from '@vscode/l10n';
import { fallbackText, kindText } from '../layers/argumentText.ts';
import type { ArgumentSpec, ArgumentSpecs } from '../layers/arguments.ts';
import type { LayerDefinition } from '../layers/definition.ts';
import type { Kind } from './places.ts';

// The registry's texts are English, for the reference and the schema. Here, where people read them, they are translated.

/** What people read about a layer, in Markdown: formula, summary, arguments, link. */
export function describeLayer(layer: LayerDefinition): string {
  const { formula, summary, url } = layer.doc;
  return paragraphs(
    formula === undefined ? '' : `\`${formula}\``,
    l10n.t(summary),
    argumentList(layer.arguments),
    linkTo(layer.type, url),
  );
}

/** The same of a loss, an optimizer, data or an initializer. */
export function describeKind({ type, doc, url, arguments: specs }: Kind): string {
  return paragraphs(l10n.t(doc), argumentList(specs), linkTo(type, url));
}

/** What people read about an argument, in Markdown. */
export function describeArgument({ doc, kind, fallback }: ArgumentSpec): string {
  const standard =
    fallback.kind === 'required'
      ? fallbackText(fallback)
      : l10n.t('default: {0}', fallbackText(fallback));
  return paragraphs(l10n.t(doc), `${kindText(kind)} · ${standard}`);
}

/** Keys that every layer takes. */
export const commonKeyDocs = {
  name: 'Its name in paths; its index in the list where it has none.',
  from: 'The path of the layer whose output it takes, in place of the one before it; `input` is the model’s input.',
  init: 'Initializers by parameter, e.g. `{ weight: { normal: { std: 0.02 } } }`.',
  share:
    'Parameters of other layers to use in place of own ones, e.g. `{ weight: tokens.weight }`.',
} as const;

function argumentList(specs: ArgumentSpecs): string {
  return Object.entries(specs)
    .map(([name, { kind, fallback }]) => {
      const text = fallbackText(fallback);
      const standard = fallback.kind === 'required' ? `**${text}**` : text;
      return l10n.t('- `{0}`: {1} ({2})', name, kindText(kind), standard);
    })
    .join('\n');
}

function linkTo(type: string, url: string | undefined): string {
  if (url === undefined) return '';
  const host = url.includes('pytorch.org') ? l10n.t('{0} in PyTorch', type) : l10n.t('The paper');
  return `[${host}](${url})`;
}

/** Paragraphs of Markdown; empty ones are left out. */
export function paragraphs(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n');
}

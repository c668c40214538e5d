import type { ArgumentKind, ArgumentSpecs } from '../layers/arguments.ts';
import type { Arguments } from '../layers/values.ts';

/** How a use of a layer is written at a place. */
export type Style =
  /** Behind the dash of a list, or as a key: `Linear: 8`. */
  | 'block'
  /** Inside of brackets, as a key: `Linear: 8`. */
  | 'flow'
  /** As a single value: `{ Linear: 8 }`. */
  | 'wrapped';

/**
 * A type with its required arguments as a snippet of the editor (tab stops as `${1:name}`); the type alone where nothing is
 * required.
 */
export function useSnippet(definition: Arguments, style: Style): string {
  const { type, positional } = definition;
  const required = requiredOf(definition.arguments);
  const [first, second] = required;
  if (first === undefined) return type;
  const isPositional = first === positional && second === undefined;
  const kindOf = (name: string): ArgumentKind | undefined => definition.arguments[name]?.kind;
  if (style === 'block' && required.some((name) => kindOf(name)?.type === 'layers')) {
    const lines = required.map((name, index) =>
      kindOf(name)?.type === 'layers'
        ? `\n\t\t${name}:\n\t\t\t- $${index + 1}`
        : `\n\t\t${name}: ${valueSnippet(name, kindOf(name), index + 1)}`,
    );
    return `${type}:${lines.join('')}`;
  }
  const parts = required.map((name, index) => {
    const value = valueSnippet(name, kindOf(name), index + 1);
    return isPositional ? value : `${name}: ${value}`;
  });
  const use = `${type}: ${isPositional ? parts.join('') : `{ ${parts.join(', ')} }`}`;
  return style === 'wrapped' ? `{ ${use} }` : use;
}

/** The required arguments in braces, as a snippet. */
export function argumentsSnippet(specs: ArgumentSpecs): string {
  const parts = requiredOf(specs).map(
    (name, index) => `${name}: ${valueSnippet(name, specs[name]?.kind, index + 1)}`,
  );
  return `{ ${parts.length === 0 ? '$1' : parts.join(', ')} }`;
}

/** `name: ` and what may stand behind it, as a snippet. */
export function entrySnippet(name: string, kind: ArgumentKind | undefined): string {
  const isOpen = kind !== undefined && kind.type !== 'layers' && kind.type !== 'references';
  return isOpen ? `${name}: ` : `${name}: ${valueSnippet(name, kind, 1)}`;
}

function requiredOf(specs: ArgumentSpecs): readonly string[] {
  return Object.entries(specs)
    .filter(([, { fallback }]) => fallback.kind === 'required')
    .map(([name]) => name);
}

function valueSnippet(name: string, kind: ArgumentKind | undefined, stop: number): string {
  switch (kind?.type) {
    case 'layers':
      return `[$${stop}]`;
    case 'references':
      return `[\${${stop}:a, b}]`;
    case 'choice':
      return `\${${stop}|${kind.options.join(',')}|}`;
    default:
      return `\${${stop}:${name}}`;
  }
}

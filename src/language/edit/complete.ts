import * as l10n from '@vscode/l10n';
import type { ModelTree } from '../check/check.ts';
import type { ArgumentSpec } from '../layers/arguments.ts';
import { layerDefinitions } from '../layers/registry.ts';
import { functionNames } from '../syntax/expressions.ts';
import type { Position, Range } from '../syntax/tree.ts';
import { cursorAt, type Cursor } from './cursor.ts';
import { commonKeyDocs, describeArgument, describeKind, describeLayer } from './describe.ts';
import { parameterPaths, pathsBefore } from './paths.ts';
import { fileKeys, flatKind, trainingKeys, type Kind, type Place } from './places.ts';
import { argumentsSnippet, entrySnippet, useSnippet, type Style } from './snippets.ts';

export type CompletionKind = 'layer' | 'define' | 'key' | 'value' | 'name' | 'path' | 'function';

/** Something that may be written at a place. */
export interface Completion {
  readonly label: string;
  readonly kind: CompletionKind;
  /** What stands beside the label, e.g. the default. */
  readonly detail: string;
  /** Markdown. */
  readonly documentation: string;
  /** A snippet of the editor. */
  readonly insert: string;
  readonly range: Range;
  /** Whether what is inserted leaves a value to choose next. */
  readonly asksOn: boolean;
}

type Suggestion = Omit<Completion, 'range' | 'asksOn'> & { readonly asksOn?: boolean };

/**
 * What may be written at a position of a half-typed text, likelier things first. `tree` is what the check made of the text:
 * paths and values come from it. Never throws.
 */
export function complete(text: string, position: Position, tree: ModelTree): readonly Completion[] {
  const cursor = cursorAt(text, position);
  return cursor === undefined ? [] : completeAt(cursor, tree);
}

/** `complete` at a place that is known already. */
export function completeAt(cursor: Cursor, tree: ModelTree): readonly Completion[] {
  const found = new Completer(cursor, tree).suggestions();
  return found.map((one) => ({ asksOn: false, ...one, range: cursor.range }));
}

/** Whether what may be written there depends on the rest of the model; where not, any tree will do. */
export function needsTree({ mark: { role, place } }: Cursor): boolean {
  const named = ['formula', 'path', 'parameterPath', 'value', 'arguments', 'kinds'];
  return role === 'value' && named.includes(place.kind);
}

class Completer {
  private readonly cursor: Cursor;
  private readonly tree: ModelTree;

  constructor(cursor: Cursor, tree: ModelTree) {
    this.cursor = cursor;
    this.tree = tree;
  }

  suggestions(): readonly Suggestion[] {
    const { mark } = this.cursor;
    return mark.role === 'key' ? this.keys(mark.place) : this.values(mark.place);
  }

  private keys(place: Place): readonly Suggestion[] {
    switch (place.kind) {
      case 'file':
        return this.sections(fileKeys);
      case 'train':
        return this.sections(trainingKeys);
      case 'layer':
        return this.layerKeys(place);
      case 'arguments':
        return this.argumentKeys(place);
      case 'parameters':
        return this.open((place.layer?.parameters ?? []).map((name) => this.key(name, '', '')));
      case 'inits': {
        const layers = layerDefinitions.filter(({ parameters }) => parameters.length > 0);
        return this.open(layers.map((one) => this.key(one.type, '', describeLayer(one))));
      }
      case 'kinds':
        return this.kindKeys(place.kinds);
      default:
        return [];
    }
  }

  private values(place: Place): readonly Suggestion[] {
    const startsKey = this.cursor.lineStart === '' && !this.cursor.isFlow;
    switch (place.kind) {
      case 'layer': {
        const style = this.valueStyle();
        const dash = startsKey && place.category === undefined ? '- ' : '';
        const found = this.layers(place, style).map((one) => ({
          ...one,
          insert: `${dash}${one.insert}`,
        }));
        return place.category ? [...found, ...this.words(['none'], undefined)] : found;
      }
      case 'arguments':
        return startsKey ? this.argumentKeys(place) : this.argumentValues(place);
      case 'kinds':
        return startsKey ? this.kindKeys(place.kinds) : this.kindValues(place.kinds);
      case 'value':
        return this.argumentValue(place.spec);
      case 'formula':
        return this.names();
      case 'path':
        return this.paths(pathsBefore(this.tree, this.cursor.mark, this.cursor.range.start));
      case 'parameterPath':
        return this.paths(parameterPaths(this.tree, this.cursor.range.start));
      case 'file':
      case 'train':
      case 'inits':
      case 'parameters':
        return this.keys(place);
      default:
        return [];
    }
  }

  private sections(
    keys: Readonly<Record<string, { readonly doc: string; readonly place: Place }>>,
  ): readonly Suggestion[] {
    const found = Object.entries(keys).map(([name, { doc, place }]) => {
      if (place.kind === 'value') return this.key(name, '', describeArgument(place.spec));
      const isBelow = ['let', 'defines', 'inits', 'layers', 'train'].includes(place.kind);
      const insert = isBelow && !this.cursor.isFlow ? `${name}:\n\t$1` : `${name}: `;
      return { ...this.key(name, '', l10n.t(doc)), insert: this.hasColon() ? name : insert };
    });
    return this.open(found);
  }

  /** A key with its colon, unless there is one already. */
  private key(
    name: string,
    detail: string,
    documentation: string,
    spec?: ArgumentSpec,
  ): Suggestion {
    const insert = this.hasColon() ? name : spec ? entrySnippet(name, spec.kind) : `${name}: `;
    return { label: name, kind: 'key', detail, documentation, insert, asksOn: true };
  }

  private hasColon(): boolean {
    return this.cursor.rest.trimStart().startsWith(':');
  }

  /** The keys that the map does not have yet. */
  private open(keys: readonly Suggestion[]): readonly Suggestion[] {
    return keys.filter(({ label }) => !this.cursor.siblings.has(label));
  }

  private layerKeys(place: Extract<Place, { readonly kind: 'layer' }>): readonly Suggestion[] {
    const { siblings, isFlow } = this.cursor;
    const hasType = [...siblings].some((key) => !Object.hasOwn(commonKeyDocs, key));
    const types = hasType ? [] : this.layers(place, isFlow ? 'flow' : 'block');
    return [...types, ...this.commonKeys()];
  }

  private commonKeys(): readonly Suggestion[] {
    return this.open(
      Object.entries(commonKeyDocs).map(([name, doc]) => this.key(name, '', l10n.t(doc))),
    );
  }

  private valueStyle(): Style {
    const { isFlow, lineStart } = this.cursor;
    return isFlow || lineStart === undefined ? 'wrapped' : 'block';
  }

  private layers(
    { category }: Extract<Place, { readonly kind: 'layer' }>,
    style: Style,
  ): readonly Suggestion[] {
    const fitting = layerDefinitions.filter((one) => !category || one.category === category);
    const layers = fitting.map((one): Suggestion => {
      const insert = this.hasColon() ? one.type : useSnippet(one, style);
      const documentation = describeLayer(one);
      return {
        label: one.type,
        kind: 'layer',
        detail: l10n.t(one.category),
        documentation,
        insert,
      };
    });
    const defines = category ? [] : [...this.cursor.defines];
    return [
      ...defines.map((label): Suggestion => {
        return { label, kind: 'define', detail: 'define', documentation: '', insert: label };
      }),
      ...layers,
    ];
  }

  private argumentKeys(place: Extract<Place, { readonly kind: 'arguments' }>) {
    const entries = Object.entries(place.of.arguments);
    const isRequired = (spec: ArgumentSpec): boolean => spec.fallback.kind === 'required';
    const sorted = [
      ...entries.filter(([, spec]) => isRequired(spec)),
      ...entries.filter(([, spec]) => !isRequired(spec)),
    ];
    const own = sorted.map(([name, spec]) =>
      this.key(name, isRequired(spec) ? l10n.t('required') : '', describeArgument(spec), spec),
    );
    const names = new Set(own.map(({ label }) => label));
    const common = place.layer ? this.commonKeys() : [];
    return [...this.open(own), ...common.filter(({ label }) => !names.has(label))];
  }

  /** Directly behind a type: its positional argument, or all arguments in braces. */
  private argumentValues(
    place: Extract<Place, { readonly kind: 'arguments' }>,
  ): readonly Suggestion[] {
    const { of, layer } = place;
    const spec = of.positional === undefined ? undefined : of.arguments[of.positional];
    const map: Suggestion = {
      label: '{ … }',
      kind: 'value',
      detail: l10n.t('arguments'),
      documentation: layer && layer !== 'define' ? describeLayer(layer) : '',
      insert: argumentsSnippet(of.arguments),
      asksOn: true,
    };
    return [...(spec ? this.argumentValue(spec) : []), map];
  }

  private kindKeys(kinds: ReadonlyMap<string, Kind>): readonly Suggestion[] {
    const { mark } = this.cursor;
    const flat = mark.map && flatKind(kinds, mark.map);
    if (flat) return this.argumentKeys({ kind: 'arguments', of: flat });
    if (this.cursor.siblings.size > 0) return [];
    return this.kinds(kinds, (kind) =>
      kind.type === kind.positional
        ? argumentsSnippet(kind.arguments).slice(2, -2)
        : `${kind.type}: ${argumentsSnippet(kind.arguments)}`,
    );
  }

  private kindValues(kinds: ReadonlyMap<string, Kind>): readonly Suggestion[] {
    return this.kinds(kinds, (kind) =>
      kind.type === kind.positional
        ? argumentsSnippet(kind.arguments)
        : useSnippet(kind, 'wrapped'),
    );
  }

  private kinds(
    kinds: ReadonlyMap<string, Kind>,
    insertOf: (kind: Kind) => string,
  ): readonly Suggestion[] {
    return [...kinds.values()].map((kind) => ({
      label: kind.type,
      kind: 'value',
      detail: '',
      documentation: describeKind(kind),
      insert: this.hasColon() ? kind.type : insertOf(kind),
    }));
  }

  private argumentValue(spec: ArgumentSpec): readonly Suggestion[] {
    const { kind } = spec;
    switch (kind.type) {
      case 'flag':
        return [...this.words(['true', 'false'], spec), ...this.letNames('boolean')];
      case 'choice':
        return [...this.words(kind.options, spec), ...this.letNames('string')];
      case 'numberOrWord':
        return [...this.words(kind.words, spec), ...this.names()];
      case 'integer':
      case 'number':
      case 'integers':
      case 'numbers':
        return this.names();
      default:
        return [];
    }
  }

  private words(words: readonly string[], spec: ArgumentSpec | undefined): readonly Suggestion[] {
    const standard = spec?.fallback.kind === 'value' ? String(spec.fallback.value) : undefined;
    const documentation = spec ? describeArgument(spec) : '';
    return words.map((label): Suggestion => {
      const detail = label === standard ? l10n.t('default') : '';
      return { label, kind: 'value', detail, documentation, insert: label };
    });
  }

  /** Names and functions of formulas. */
  private names(): readonly Suggestion[] {
    const functions = functionNames.map((name): Suggestion => {
      return {
        label: name,
        kind: 'function',
        detail: '',
        documentation: '',
        insert: `${name}($1)`,
      };
    });
    return [...this.letNames('number'), ...functions];
  }

  private letNames(type: 'number' | 'boolean' | 'string'): readonly Suggestion[] {
    return [...this.tree.values]
      .filter(([, value]) => typeof value === type)
      .map(([label, value]): Suggestion => {
        const detail = String(value);
        return { label, kind: 'name', detail, documentation: '', insert: label };
      });
  }

  private paths(paths: readonly string[]): readonly Suggestion[] {
    return paths.map((label): Suggestion => {
      return { label, kind: 'path', detail: '', documentation: '', insert: label };
    });
  }
}

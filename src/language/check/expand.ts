import * as l10n from '@vscode/l10n';
import { readReference, type Reference } from '../layers/arguments.ts';
import type {
  Expansion,
  Item,
  LayerCategory,
  LayerDefinition,
  Parts,
} from '../layers/definition.ts';
import { Reader, type Names } from '../layers/reader.ts';
import { layerRegistry } from '../layers/registry.ts';
import { unknownLayer } from '../layers/unknownLayer.ts';
import { givenArguments, readArguments } from '../layers/values.ts';
import type { Report } from '../syntax/diagnostic.ts';
import { nearestFix, withNearest } from '../syntax/nearest.ts';
import { describeNode, isEmpty, type Range, type SyntaxNode } from '../syntax/tree.ts';
import type { Collector } from './collector.ts';
import { readInitializers, readShares } from './parameterEntries.ts';
import { readUse, type Use } from './uses.ts';

/** Containers and times of repeats count, too: room for 10,000 layers in any form. */
const maximumItems = 50_000;
const maximumDepth = 60;
/** A `define`: a list of layers that can be used like a layer. */
export interface Define {
  readonly name: string;
  readonly body: SyntaxNode;
  readonly range: Range;
}

/** A list of layers that is being expanded. */
interface Place {
  /** Path of the container; '' at the top. */
  readonly path: string;
  /** Names taken so far, and where. */
  readonly names: Map<string, Range>;
  readonly items: Item[];
  /** The name of the next anonymous layer; named ones count too, as in torch.nn.Sequential. */
  index: number;
}

/**
 * Turns the lists of layers of a model file into items with paths, arguments and parts: uses of a define are replaced by its
 * layers, repeats written out, expressions computed. What is wrong is reported; what is right is kept.
 */
export class Expander {
  readonly usedDefines = new Set<string>();
  private readonly defines: ReadonlyMap<string, Define>;
  private readonly names: Names;
  private readonly collector: Collector;
  private readonly openDefines = new Set<string>();
  private count = 0;
  private depth = 0;

  constructor(defines: ReadonlyMap<string, Define>, names: Names, collector: Collector) {
    this.defines = defines;
    this.names = names;
    this.collector = collector;
  }

  /** The items of a whole list under `path`. */
  sequence(path: string, body: SyntaxNode): readonly Item[] {
    const place: Place = { path, names: new Map(), items: [], index: 0 };
    this.fill(place, body);
    return place.items;
  }

  private fill(place: Place, body: SyntaxNode): void {
    const report = this.collector.errorsOf(place.path);
    if (isEmpty(body)) {
      report('missing-argument', l10n.t('a list of layers belongs here'), body.range);
      return;
    }
    if (this.depth >= maximumDepth) {
      report('too-deep', l10n.t('layers nest deeper than {0} levels', maximumDepth), body.range);
      return;
    }
    this.depth++;
    // A single layer stands for a list of one.
    for (const node of body.kind === 'list' ? body.items : [body]) {
      if (this.count > maximumItems) break;
      this.add(place, node);
    }
    this.depth--;
  }

  private add(place: Place, node: SyntaxNode): void {
    const report = this.collector.errorsOf(place.path);
    const use = readUse(node, report);
    if (use === undefined) return;
    const define = this.defines.get(use.type);
    if (define) {
      this.addDefine(place, use, define, report);
      return;
    }
    const path = join(place.path, this.nameOf(use, place, report));
    const definition = this.definitionOf(use, this.collector.errorsOf(path));
    place.items.push(definition ? this.item(path, use, definition) : this.unknown(path, use));
  }

  /** An anonymous use puts the define's layers here; a named one puts them in a container of that name. */
  private addDefine(place: Place, use: Use, define: Define, report: Report): void {
    this.usedDefines.add(define.name);
    // Defines that use defines multiply even where they hold no layer.
    this.countItem(use.typeRange, report);
    if (this.openDefines.has(define.name)) {
      report('recursive-define', l10n.t('{0} uses itself', define.name), use.typeRange);
      return;
    }
    const isBare = use.node === undefined || isEmpty(use.node);
    if (!isBare && !(use.node.kind === 'map' && use.node.entries.length === 0)) {
      const message = l10n.t('{0} is a define and takes only name and from', define.name);
      report('unknown-argument', message, use.node.range);
    }
    this.openDefines.add(define.name);
    if (use.common.has('name')) {
      const name = this.nameOf(use, place, report);
      const path = join(place.path, name);
      place.items.push(this.container(path, define.name, define.body, use.typeRange, use, report));
    } else {
      this.fill(place, define.body);
    }
    this.openDefines.delete(define.name);
  }

  private container(
    path: string,
    type: string,
    body: SyntaxNode,
    range: Range,
    use: Use | undefined,
    report: Report,
  ): Item {
    const definition = layerRegistry.get('Sequential');
    if (definition === undefined) throw new Error('the registry has no Sequential');
    this.countItem(range, report);
    const from = use && readFrom(use, this.reader(report));
    return {
      path,
      type,
      definition,
      range,
      values: {},
      given: undefined,
      places: new Map(),
      from,
      init: new Map(),
      share: new Map(),
      parts: { body: this.sequence(path, body) },
      valid: true,
    };
  }

  private item(path: string, use: Use, definition: LayerDefinition): Item {
    const report = this.collector.errorsOf(path);
    this.countItem(use.typeRange, report);
    const reader = this.reader(report);
    const given = givenArguments(definition, use.node, use.typeRange, reader);
    // Layers that take several values have an argument `from` of their own.
    const ownFrom = Object.hasOwn(definition.arguments, 'from') && use.common.get('from');
    const entries = ownFrom ? [...given.entries, ownFrom] : given.entries;
    const { values, places } = readArguments(definition, { ...given, entries }, reader);
    const from = ownFrom ? undefined : readFrom(use, reader);
    const init = readInitializers(use.common.get('init')?.value, definition, reader);
    const share = readShares(use.common.get('share')?.value, definition, reader);
    const valid = reader.problemCount === 0;
    return {
      path,
      type: definition.type,
      definition,
      range: use.typeRange,
      values,
      given: use.node,
      places,
      from,
      init,
      share,
      parts: this.partsOf(path, definition, values, use.typeRange),
      valid,
    };
  }

  /** Keeps the place of a layer that nobody knows. */
  private unknown(path: string, use: Use): Item {
    this.countItem(use.typeRange, this.collector.errorsOf(path));
    return {
      path,
      type: use.type,
      definition: unknownLayer,
      range: use.typeRange,
      values: {},
      given: use.node,
      places: new Map(),
      from: undefined,
      init: new Map(),
      share: new Map(),
      parts: {},
      valid: false,
    };
  }

  private partsOf(
    path: string,
    definition: LayerDefinition,
    values: Readonly<Record<string, unknown>>,
    range: Range,
  ): Parts {
    if (definition.expand === undefined || this.count > maximumItems) return {};
    const names = reservedNames(definition, range);
    const expansion: Expansion = {
      sequence: (body) => {
        const place: Place = { path, names, items: [], index: 0 };
        this.fill(place, body);
        return place.items;
      },
      group: (name, body) => {
        const own = join(path, name);
        const report = this.collector.errorsOf(own);
        return this.container(own, this.groupType(body), body, body.range, undefined, report);
      },
      layer: (name, node, category) => {
        const report = this.collector.errorsOf(join(path, name));
        const use = readUse(node, report);
        if (use === undefined) return [];
        const found = this.definitionOf(use, report, category);
        if (found === undefined) return [this.unknown(join(path, name), use)];
        if (use.common.has('name')) {
          report('bad-name', l10n.t('this {0} is always named {1}', use.type, name), use.typeRange);
        }
        names.set(name, use.typeRange);
        return [this.item(join(path, name), use, found)];
      },
    };
    return definition.expand(expansion, values);
  }

  /** What an iteration of Repeat is called: the define that it consists of, else Sequential. */
  private groupType(body: SyntaxNode): string {
    const only = body.kind === 'list' && body.items.length === 1 ? body.items[0] : body;
    const isDefine = only?.kind === 'scalar' && this.defines.has(only.text);
    return isDefine ? only.text : 'Sequential';
  }

  /** The layer that a use names, of `category` if one is wanted. */
  private definitionOf(
    use: Use,
    report: Report,
    category?: LayerCategory,
  ): LayerDefinition | undefined {
    const { type, typeRange } = use;
    const found = layerRegistry.get(type);
    const fits = (one: LayerDefinition): boolean => !category || one.category === category;
    if (found && fits(found)) return found;
    const known = [...layerRegistry.values()].filter(fits).map((one) => one.type);
    if (found) {
      const message = l10n.t(
        '{0} is no {1} layer; there are {2}',
        type,
        category === undefined ? '' : l10n.t(category),
        known.join(', '),
      );
      report('bad-value', message, typeRange);
      return undefined;
    }
    const others = category ? ['none'] : this.defines.keys();
    const candidates = [...known, ...others];
    const unknown = category
      ? l10n.t("there is no {0} layer '{1}'", l10n.t(category), type)
      : l10n.t("there is no layer '{0}'", type);
    const fixes = nearestFix(type, candidates, typeRange);
    report('unknown-layer', withNearest(unknown, type, candidates), typeRange, fixes);
    return undefined;
  }

  private nameOf(use: Use, place: Place, report: Report): string {
    const index = String(place.index++);
    const entry = use.common.get('name');
    const name = entry === undefined ? index : readName(entry.value, report);
    if (name === undefined || entry === undefined) return index;
    const taken = place.names.get(name);
    if (taken) {
      const message = l10n.t(
        "'{0}' is already the name of the layer on line {1}: names are unique within their container",
        name,
        taken.start.line,
      );
      report('duplicate-name', message, entry.value.range);
      return index;
    }
    place.names.set(name, entry.value.range);
    return name;
  }

  private countItem(range: Range, report: Report): void {
    if (++this.count !== maximumItems + 1) return;
    const message = l10n.t(
      'the model has more than {0} layers when repeats are written out',
      maximumItems,
    );
    report('too-many-layers', message, range);
  }

  private reader(report: Report): Reader {
    return new Reader(this.names, report);
  }
}

/** Names under a container that its own parameters take, e.g. `shortcut` of `shortcut.weight`. */
function reservedNames(definition: LayerDefinition, range: Range): Map<string, Range> {
  const dotted = definition.parameters.filter((name) => name.includes('.'));
  return new Map(dotted.map((name) => [name.slice(0, name.indexOf('.')), range]));
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function readFrom(use: Use, reader: Reader): Reference | undefined {
  const entry = use.common.get('from');
  return entry && readReference(entry.value, reader, l10n.t('from of {0}', use.type));
}

/** Digits alone are the names of anonymous layers, and `input` is the model's own input. */
function readName(node: SyntaxNode, report: Report): string | undefined {
  const text = node.kind === 'scalar' ? node.text : '';
  if (!/^[A-Za-z_][\w-]*$/.test(text)) {
    const message = l10n.t(
      'a layer name starts with a letter and has letters, digits, - and _, not {0}',
      describeNode(node),
    );
    report('bad-name', message, node.range);
    return undefined;
  }
  if (text !== 'input') return text;
  report('reserved-name', l10n.t("'input' is the model's input: choose another name"), node.range);
  return undefined;
}

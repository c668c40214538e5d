import { readUse } from '../check/uses.ts';
import type { Range, SyntaxMap, SyntaxNode } from '../syntax/tree.ts';
import { readOutline } from './marks.ts';
import { placeOfItem, placeUnder, plainPlace, type Place } from './places.ts';

export type SymbolKind = 'section' | 'value' | 'define' | 'layer' | 'container';

/** An entry of the outline of a model file. */
export interface ModelSymbol {
  readonly name: string;
  /** What stands beside the name, e.g. the type of a layer that has a name. */
  readonly detail: string;
  readonly kind: SymbolKind;
  /** All of it. */
  readonly range: Range;
  /** What is selected when it is gone to. */
  readonly selection: Range;
  readonly children: readonly ModelSymbol[];
}

const sections: ReadonlySet<Place['kind']> = new Set(['file', 'let', 'defines', 'inits', 'train']);

/**
 * The outline of a model file: sections, values, defines, and layers with what is in them; the sections alone where there would be
 * more than `most` entries. Never throws.
 */
export function modelSymbols(text: string, most = Infinity): readonly ModelSymbol[] {
  const outline = readOutline(text);
  if (outline === undefined) return [];
  const reader = new SymbolReader(outline.defines, most);
  const sections = reader.entries(outline.root, { kind: 'file' });
  return reader.isFull ? sections.map((section) => ({ ...section, children: [] })) : sections;
}

class SymbolReader {
  private readonly defines: ReadonlySet<string>;
  private readonly most: number;
  private count = 0;

  constructor(defines: ReadonlySet<string>, most: number) {
    this.defines = defines;
    this.most = most;
  }

  /** Whether there are more entries than wanted; then those of layers are missing. */
  get isFull(): boolean {
    return this.count > this.most;
  }

  /** The entries of a section. */
  entries(map: SyntaxMap, place: Place): readonly ModelSymbol[] {
    return map.entries
      .filter(({ key }) => key !== '')
      .map(({ key, keyRange, value }) => {
        const inner = placeUnder(place, map, key, this.defines);
        return {
          name: key,
          detail: value.kind === 'scalar' ? value.text : '',
          kind: place.kind === 'defines' ? 'define' : value.kind === 'scalar' ? 'value' : 'section',
          range: spanOf(keyRange, value),
          selection: keyRange,
          children: this.inside(value, inner),
        };
      });
  }

  private inside(node: SyntaxNode, place: Place): readonly ModelSymbol[] {
    if (place.kind === 'layers') return this.layers(node);
    return node.kind === 'map' && sections.has(place.kind) ? this.entries(node, place) : [];
  }

  private layers(body: SyntaxNode): readonly ModelSymbol[] {
    const nodes = body.kind === 'list' ? body.items : [body];
    return nodes.flatMap((node) => this.layer(node));
  }

  private layer(node: SyntaxNode): readonly ModelSymbol[] {
    const use = this.isFull ? undefined : readUse(node, () => undefined);
    if (use === undefined || use.type === '') return [];
    this.count++;
    const name = use.common.get('name')?.value;
    const isNamed = name?.kind === 'scalar' && name.text !== '';
    const children = node.kind === 'map' ? this.bodies(node) : [];
    return [
      {
        name: isNamed ? name.text : use.type,
        detail: isNamed ? use.type : '',
        kind: children.length > 0 ? 'container' : 'layer',
        range: node.kind === 'map' ? spanOf(use.typeRange, node) : use.typeRange,
        selection: use.typeRange,
        children,
      },
    ];
  }

  /** The layers among the arguments of a use, or directly behind its type. */
  private bodies(use: SyntaxMap): readonly ModelSymbol[] {
    return use.entries.flatMap(({ key, value }) => {
      const place = placeUnder({ kind: 'layer' }, use, key, this.defines);
      if (place.kind !== 'arguments') return [];
      if (value.kind !== 'map') {
        const isBody = place.of.arguments[place.of.positional ?? '']?.kind.type === 'layers';
        return isBody && value.kind === 'list' ? this.layers(value) : [];
      }
      return value.entries.flatMap((entry) => {
        const inner = placeUnder(place, value, entry.key, this.defines);
        const isLayer = plainPlace(inner).kind === 'layer' || placeOfItem(inner).kind === 'layer';
        return isLayer && entry.value.kind !== 'scalar' ? this.layers(entry.value) : [];
      });
    });
  }
}

/** From the start of `first` to the end of `node`, or of `first` where the node is before it. */
function spanOf(first: Range, node: SyntaxNode): Range {
  const { end } = node.range;
  const isAfter =
    end.line > first.end.line || (end.line === first.end.line && end.column > first.end.column);
  return { start: first.start, end: isAfter ? end : first.end };
}

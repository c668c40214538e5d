import * as l10n from '@vscode/l10n';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import type { Report } from './diagnostic.ts';
import { applyOverrides } from './overrides.ts';
import { parseYaml } from './yaml.ts';
import { yamlMessage } from './yamlMessages.ts';
import type { Position, Range, ScalarValue, SyntaxEntry, SyntaxMap, SyntaxNode } from './tree.ts';

const maximumDepth = 100;
/** Room for 10,000 layers with many arguments. */
export const longestText = 2_000_000;
/** Nodes of the tree with every alias written out. */
const maximumNodes = 400_000;

/**
 * Reads a model file. Returns what can be read, also of a broken text; undefined when there is no map at the top.
 * Never throws: what is wrong goes to `report`.
 */
export function parseModelText(
  text: string,
  overrides: readonly string[],
  report: Report,
): SyntaxMap | undefined {
  const lines = new LineCounter();
  const at = (start: number, end: number): Range => ({
    start: positionAt(lines, start),
    end: positionAt(lines, end),
  });
  const whole = at(0, 0);
  if (text.length > longestText) {
    report('too-large', l10n.t('a model file has at most {0} characters', longestText), whole);
    return undefined;
  }
  const document = parseYaml(text, lines);
  if (document === undefined) {
    report('too-deep', l10n.t('lists and maps are nested too deeply'), whole);
    return undefined;
  }
  for (const error of document.errors) {
    report(
      'syntax',
      yamlMessage(error.message),
      at(error.pos[0], Math.max(error.pos[1], error.pos[0] + 1)),
    );
  }
  applyOverrides(document, overrides, (message) => {
    report('bad-override', message, whole);
  });
  const root = new Converter(document, at, report).convertRoot();
  if (root === undefined) return undefined;
  if (root.kind === 'map') return root;
  report(
    'wrong-kind',
    l10n.t('a model file is a map with the keys model, layers and train'),
    root.range,
  );
  return undefined;
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

interface Converted {
  readonly node: SyntaxNode;
  /** Number of nodes below and at this one, aliases written out. */
  readonly size: number;
}

class Converter {
  private readonly document: Document;
  private readonly at: (start: number, end: number) => Range;
  private readonly report: Report;
  private readonly anchors = new Map<string, Node>();
  private readonly done = new Map<Node, Converted>();
  private readonly open = new Set<Node>();

  constructor(document: Document, at: Converter['at'], report: Report) {
    this.document = document;
    this.at = at;
    this.report = report;
  }

  convertRoot(): SyntaxNode | undefined {
    const { contents } = this.document;
    const start = this.at(0, 0);
    if (contents === null) {
      this.report(
        'missing-key',
        l10n.t('the file is empty: a model has `layers:` and `train:`'),
        start,
      );
      return undefined;
    }
    const { node, size } = this.convert(contents, start, 0);
    if (size <= maximumNodes) return node;
    this.report(
      'too-many-aliases',
      l10n.t('aliases multiply this file to {0} entries; at most {1} are read', size, maximumNodes),
      start,
    );
    return undefined;
  }

  private convert(node: Node | null, outer: Range, depth: number): Converted {
    if (node === null) return this.nothing(outer);
    const known = this.done.get(node);
    if (known) return known;
    const range = node.range ? this.at(node.range[0], node.range[1]) : outer;
    if (depth > maximumDepth) {
      this.report(
        'too-deep',
        l10n.t('lists and maps nest deeper than {0} levels', maximumDepth),
        range,
      );
      return this.nothing(range);
    }
    if (isAlias(node)) return this.convertAlias(node.source, range);
    // In the order of the text, so that an alias finds the newest anchor before it.
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node);
    this.open.add(node);
    const converted = this.convertOwn(node, range, depth);
    this.open.delete(node);
    this.done.set(node, converted);
    return converted;
  }

  private convertAlias(name: string, range: Range): Converted {
    const target = this.anchors.get(name);
    if (target === undefined) {
      this.report('syntax', l10n.t('there is no anchor &{0} before this place', name), range);
      return this.nothing(range);
    }
    if (this.open.has(target)) {
      this.report('syntax', l10n.t('*{0} is used inside of &{0} itself', name), range);
      return this.nothing(range);
    }
    return this.done.get(target) ?? this.nothing(range);
  }

  private convertOwn(node: Node, range: Range, depth: number): Converted {
    if (isSeq<Node | null>(node)) {
      const items = node.items.map((item) => this.convert(item, range, depth + 1));
      return {
        node: { kind: 'list', items: items.map((item) => item.node), range },
        size: items.reduce((sum, item) => sum + item.size, 1),
      };
    }
    if (isMap<Node, Node | null>(node)) return this.convertMap(node.items, range, depth);
    const value = plain(isScalar(node) ? node.value : null);
    const text = (isScalar(node) ? node.source : undefined) ?? String(value ?? '');
    return { node: { kind: 'scalar', value, text, range }, size: 1 };
  }

  private convertMap(
    pairs: readonly Pair<Node, Node | null>[],
    range: Range,
    depth: number,
  ): Converted {
    const entries: SyntaxEntry[] = [];
    const seen = new Map<string, Range>();
    let size = 1;
    for (const pair of pairs) {
      const key = this.convert(pair.key, range, depth + 1).node;
      if (key.kind !== 'scalar' || key.value === null) {
        this.report('syntax', l10n.t('a key must be a word'), key.range);
        continue;
      }
      const name = String(key.value);
      const earlier = seen.get(name);
      if (earlier) {
        const message = l10n.t(
          "'{0}' stands here twice, first on line {1}",
          name,
          earlier.start.line,
        );
        this.report('duplicate-key', message, key.range);
        continue;
      }
      seen.set(name, key.range);
      const end = { start: key.range.end, end: key.range.end };
      const value = this.convert(pair.value, end, depth + 1);
      size += value.size;
      entries.push({ key: name, keyRange: key.range, value: value.node });
    }
    return { node: { kind: 'map', entries, range }, size };
  }

  private nothing(range: Range): Converted {
    return { node: { kind: 'scalar', value: null, text: '', range }, size: 1 };
  }
}

function plain(value: unknown): ScalarValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  return value === null || value === undefined ? null : '';
}

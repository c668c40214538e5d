import type { CheckReport, Diagnostic, ModelTree } from '../language/check/check.ts';
import { allItems } from '../language/edit/paths.ts';
import type { Item } from '../language/layers/definition.ts';
import { projectionOf, shapesOf } from './projection.ts';
import type {
  Topology,
  TopologyItem,
  TopologyLayer,
  TopologyLink,
  TopologyResidual,
} from './topology.ts';

/** What of a report is in the picture. */
interface DrawnReport extends Pick<CheckReport, 'tree'> {
  readonly diagnostics: readonly Pick<Diagnostic, 'severity' | 'path' | 'message'>[];
}

/**
 * The picture of a model, from the report of its check; works for a half-written file too, where shapes are missing. The
 * stream starts with an item of role `input` (path `input`) and ends with one of role `loss` (path `loss`), where the file has
 * them. A Repeat of several times is a group of
 * its iterations, each of them a group.
 */
export function buildTopology(report: DrawnReport): Topology {
  return new TopologyBuilder(report.tree, problemsOf(report)).build();
}

/**
 * Messages of errors by the place of their layer in the text: what is wrong in a Repeat or a define is reported once, and true for
 * each layer that is made of that text.
 */
function problemsOf({ tree, diagnostics }: DrawnReport): ReadonlyMap<string, string> {
  const byPath = new Map<string, string>();
  for (const { severity, path, message } of diagnostics) {
    if (severity === 'error' && !byPath.has(path)) byPath.set(path, message);
  }
  const byPlace = new Map<string, string>();
  if (byPath.size === 0) return byPlace;
  for (const item of allItems(tree.items)) {
    const message = byPath.get(item.path);
    if (message !== undefined) byPlace.set(placeOf(item), message);
  }
  return byPlace;
}

function placeOf({ type, range: { start } }: Item): string {
  return `${type} ${start.line}:${start.column}`;
}

type Shape = readonly number[];

class TopologyBuilder {
  private readonly tree: ModelTree;
  private readonly problems: ReadonlyMap<string, string>;
  private readonly links: TopologyLink[] = [];

  constructor(tree: ModelTree, problems: ReadonlyMap<string, string>) {
    this.tree = tree;
    this.problems = problems;
  }

  build(): Topology {
    const { name, input, loss, items } = this.tree;
    const first: readonly TopologyLayer[] =
      input === undefined
        ? []
        : [
            {
              kind: 'layer',
              path: 'input',
              line: input.line,
              type: 'Input',
              role: 'input',
              outputShape: input.shape.slice(1),
              parameters: 0,
            },
          ];
    const last: readonly TopologyLayer[] =
      loss === undefined
        ? []
        : [
            {
              kind: 'layer',
              path: 'loss',
              line: loss.line,
              type: loss.type,
              role: 'loss',
              outputShape: [],
              parameters: 0,
            },
          ];
    const stream = this.sequence(items, input?.shape);
    return { name, items: [...first, ...stream, ...last], links: this.links };
  }

  /** Items one after the other; `input` is the shape of what goes into the first. */
  private sequence(items: readonly Item[], input: Shape | undefined): readonly TopologyItem[] {
    let before = input;
    return items.flatMap((item) => {
      const [from] = this.tree.links.get(item.path) ?? [];
      const drawn = this.itemsOf(item, from === undefined ? before : this.shapeOf(from));
      before = this.shapeOf(item.path);
      return drawn;
    });
  }

  private shapeOf(path: string): Shape | undefined {
    return path === 'input' ? this.tree.input?.shape : this.tree.results.get(path)?.value.shape;
  }

  private itemsOf(item: Item, input: Shape | undefined): readonly TopologyItem[] {
    this.noteLinks(item);
    switch (item.definition.type) {
      case 'Repeat': {
        const items = this.part(item, 'body', input);
        if (items.length < 2) return items;
        const times = items.length;
        return [{ kind: 'group', ...this.place(item, input), label: item.path, times, items }];
      }
      case 'Sequential':
        return [
          {
            kind: 'group',
            ...this.place(item, input),
            label: labelOf(item),
            items: this.part(item, 'body', input),
          },
        ];
      case 'Residual':
        return [this.residual(item, input)];
      default: {
        const role = item.definition.category === 'norm' ? 'norm' : 'layer';
        return [{ kind: 'layer', ...this.place(item, input), type: item.type, role }];
      }
    }
  }

  private residual(item: Item, input: Shape | undefined): TopologyResidual {
    const { norm, placement, shortcut: wanted } = item.values;
    const shortcut = oneOf(wanted, shortcuts, 'identity');
    const output = this.shapeOf(item.path);
    const projection =
      shortcut === 'projection' ? [projectionOf(item, input?.slice(1), output?.slice(1))] : [];
    const inside = ['before', 'body', 'inner'].flatMap((name) => item.parts[name] ?? []);
    return {
      kind: 'residual',
      ...this.place(item, input),
      placement: norm === undefined ? 'none' : oneOf(placement, placements, 'pre'),
      shortcut,
      skip: [...projection, ...this.part(item, 'shortcut', output)],
      branch: this.sequence(inside, input),
      after: this.part(item, 'after', output),
    };
  }

  private part(item: Item, name: string, input: Shape | undefined): readonly TopologyItem[] {
    return this.sequence(item.parts[name] ?? [], input);
  }

  private place(item: Item, input: Shape | undefined) {
    const { path, range } = item;
    const result = this.tree.results.get(path);
    const problem = this.problems.get(placeOf(item));
    return {
      path,
      line: range.start.line,
      ...shapesOf(input?.slice(1), result?.value.shape.slice(1)),
      parameters: result?.parameters ?? 0,
      ...(problem !== undefined && { problem }),
    };
  }

  private noteLinks(item: Item): void {
    for (const from of this.tree.links.get(item.path) ?? []) {
      this.links.push({ from, to: item.path });
    }
  }
}

/** `Block 3` for an iteration of Repeat over a define, `blocks.3` over several layers, else the group's own name. */
function labelOf(item: Item): string {
  const [container = '', name = ''] = item.path.split('.').slice(-2);
  if (!/^\d+$/.test(name)) return name === '' ? container : name;
  return item.type === 'Sequential' ? `${container}.${name}` : `${item.type} ${name}`;
}

const placements = ['pre', 'post', 'peri', 'none'] as const;
const shortcuts = ['identity', 'projection', 'none'] as const;

function oneOf<Option extends string>(
  value: unknown,
  options: readonly Option[],
  fallback: Option,
): Option {
  return options.find((option) => option === value) ?? fallback;
}

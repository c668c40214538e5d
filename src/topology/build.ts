import type { CheckReport, ModelTree } from '../language/check/check.ts';
import type { Item } from '../language/layers/definition.ts';
import type {
  Topology,
  TopologyItem,
  TopologyLayer,
  TopologyLink,
  TopologyResidual,
} from './topology.ts';

/**
 * The picture of a model, from the report of its check; works for a half-written file too, where shapes are missing. The
 * stream starts with an item of role `input` (path `input`) and ends with one of role `loss` (path `loss`), where the file has
 * them. A Repeat appears as its iterations, each a group.
 */
export function buildTopology(report: Pick<CheckReport, 'tree'>): Topology {
  return new TopologyBuilder(report.tree).build();
}

class TopologyBuilder {
  private readonly tree: ModelTree;
  private readonly links: TopologyLink[] = [];

  constructor(tree: ModelTree) {
    this.tree = tree;
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
    const stream = items.flatMap((item) => this.itemsOf(item));
    return { name, items: [...first, ...stream, ...last], links: this.links };
  }

  private itemsOf(item: Item): readonly TopologyItem[] {
    this.noteLinks(item);
    switch (item.definition.type) {
      case 'Repeat':
        return this.part(item, 'body');
      case 'Sequential':
        return [
          {
            kind: 'group',
            ...this.place(item),
            label: labelOf(item),
            items: this.part(item, 'body'),
          },
        ];
      case 'Residual':
        return [this.residual(item)];
      default: {
        const role = item.definition.category === 'norm' ? 'norm' : 'layer';
        return [{ kind: 'layer', ...this.place(item), type: item.type, role }];
      }
    }
  }

  private residual(item: Item): TopologyResidual {
    const { placement, shortcut } = item.values;
    return {
      kind: 'residual',
      ...this.place(item),
      placement: oneOf(placement, ['pre', 'post', 'peri', 'none'], 'pre'),
      shortcut: oneOf(shortcut, ['identity', 'projection', 'none'], 'identity'),
      branch: ['before', 'body', 'inner'].flatMap((name) => this.part(item, name)),
      after: this.part(item, 'after'),
    };
  }

  private part(item: Item, name: string): readonly TopologyItem[] {
    return (item.parts[name] ?? []).flatMap((inner) => this.itemsOf(inner));
  }

  private place(item: Item) {
    const { path, range } = item;
    const result = this.tree.results.get(path);
    const shape = result && { outputShape: result.value.shape.slice(1) };
    return { path, line: range.start.line, ...shape, parameters: result?.parameters ?? 0 };
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

function oneOf<Option extends string>(
  value: unknown,
  options: readonly Option[],
  fallback: Option,
): Option {
  return options.find((option) => option === value) ?? fallback;
}

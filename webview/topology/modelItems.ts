import type { Topology, TopologyItem } from '../../src/topology/topology.ts';
import { formatCompact } from '../format.ts';
import { texts } from '../texts.ts';
import { collapsedAtFirst } from './collapse.ts';
import { walk } from './scene.ts';

/** Whether groups and residuals are collapsed, by path: what the user chose. */
export type Collapsed = Readonly<Record<string, boolean>>;

/** The items of a model by path, and what of them is collapsed. */
export class ModelItems {
  readonly byPath: ReadonlyMap<string, TopologyItem>;
  private readonly atFirst: ReadonlySet<string>;

  constructor(topology: Topology | undefined) {
    const items = Array.from(walk(topology?.items ?? []), ({ item }) => item);
    this.byPath = new Map(items.map((item) => [item.path, item]));
    this.atFirst = topology ? collapsedAtFirst(topology) : new Set();
  }

  isCollapsed(path: string, chosen: Collapsed | undefined): boolean {
    return chosen?.[path] ?? this.atFirst.has(path);
  }

  /** Paths of what is collapsed all at once: the groups, in a model without any the residuals. */
  get collapsible(): string[] {
    const of = (wanted: TopologyItem['kind']) =>
      [...this.byPath.values()].filter(({ kind }) => kind === wanted).map(({ path }) => path);
    const groups = of('group');
    return groups.length > 0 ? groups : of('residual');
  }

  /** All groups collapsed, or everything open. */
  all(isCollapsed: boolean): Collapsed {
    const paths = isCollapsed ? this.collapsible : [...this.byPath.keys()];
    return Object.fromEntries(paths.map((path) => [path, isCollapsed]));
  }

  /** What must be opened for an item to be drawn. */
  closedAround(path: string, chosen: Collapsed | undefined): string[] {
    return [...this.byPath.keys()].filter(
      (outer) => path.startsWith(`${outer}.`) && this.isCollapsed(outer, chosen),
    );
  }

  /** How large the model is: `23 layers · 1.2M`, and with what that is the number of. */
  get summary(): { readonly brief: string; readonly whole: string } {
    const layers = [...this.byPath.values()].filter(({ kind }) => kind === 'layer');
    const parameters = layers.reduce((sum, item) => sum + item.parameters, 0);
    const [count, size] = [texts.layers(layers.length), formatCompact(parameters)];
    return { brief: `${count} · ${size}`, whole: `${count} · ${texts.parameters(size)}` };
  }
}

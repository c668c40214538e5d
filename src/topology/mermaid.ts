import { childrenOf, type Topology, type TopologyItem } from './topology.ts';

/** First and last node of something drawn; undefined where nothing is. */
type Ends = { readonly first: string; readonly last: string } | undefined;

/**
 * A topology as a flowchart of Mermaid: groups and residuals are subgraphs, a residual's sum is a circle, its skip a thick line,
 * connections by name are dotted.
 */
export function mermaidOf(topology: Topology): string {
  return new Flowchart().draw(topology);
}

class Flowchart {
  private readonly lines = ['flowchart TD'];
  /** The node that holds an item's output, by path. */
  private readonly outputs = new Map<string, string>();
  private count = 0;

  draw({ items, links }: Topology): string {
    this.chain(items, '  ');
    for (const { from, to } of links) {
      const [source, target] = [this.outputs.get(from), this.outputs.get(to)];
      if (source !== undefined && target !== undefined) this.line('  ', `${source} -.-> ${target}`);
    }
    return `${this.lines.join('\n')}\n`;
  }

  private chain(items: readonly TopologyItem[], indent: string): Ends {
    let ends: Ends;
    for (const item of items) {
      const next = this.item(item, indent);
      if (ends && next) this.line(indent, `${ends.last} --> ${next.first}`);
      if (next) {
        this.outputs.set(item.path, next.last);
        ends = { first: ends?.first ?? next.first, last: next.last };
      }
    }
    return ends;
  }

  private item(item: TopologyItem, indent: string): Ends {
    if (item.kind === 'layer') {
      const id = this.node();
      const shape = item.outputShape?.length ? `<br/>${item.outputShape.join('×')}` : '';
      this.line(indent, `${id}["${escaped(item.type)}<br/>${escaped(item.path)}${shape}"]`);
      return { first: id, last: id };
    }
    this.line(indent, `subgraph ${this.node()}["${escaped(item.path)}"]`);
    const inner = `${indent}  `;
    const isSum = item.kind === 'residual' && item.shortcut !== 'none';
    const ends = isSum ? this.residual(item, inner) : this.chain(childrenOf(item), inner);
    this.line(indent, 'end');
    return ends;
  }

  private residual(item: Extract<TopologyItem, { kind: 'residual' }>, indent: string): Ends {
    const [fork, sum] = [this.node(), this.node()];
    this.line(indent, `${fork}(( ))`);
    this.line(indent, `${sum}(("+"))`);
    const branch = this.chain(item.branch, indent);
    if (branch) this.line(indent, `${fork} --> ${branch.first}`);
    if (branch) this.line(indent, `${branch.last} --> ${sum}`);
    const skip = this.chain(item.skip, indent);
    this.line(indent, `${fork} ==> ${skip?.first ?? sum}`);
    if (skip) this.line(indent, `${skip.last} ==> ${sum}`);
    const after = this.chain(item.after, indent);
    if (after) this.line(indent, `${sum} --> ${after.first}`);
    return { first: fork, last: after?.last ?? sum };
  }

  private node(): string {
    return `n${this.count++}`;
  }

  private line(indent: string, text: string): void {
    this.lines.push(indent + text);
  }
}

/** Names may hold anything; within quotes, Mermaid reads these as characters. */
function escaped(text: string): string {
  return text
    .replaceAll('#', '#35;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replaceAll(/\s+/g, ' ');
}

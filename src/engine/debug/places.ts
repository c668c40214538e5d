import type { Moment, Phase } from '../../protocol/debug.ts';
import { ownerOf } from '../../base/paths.ts';
import { lossPath } from './timeline.ts';

/** Where in a step layers and phases stand. */
export class Places {
  private readonly layers: ReadonlyMap<string, string>;
  private readonly positions: ReadonlyMap<string, number>;

  /** `layers`: types by path. */
  constructor(layers: ReadonlyMap<string, string>, moments: readonly Moment[]) {
    this.layers = layers;
    // From the last to the first, so that of several moments of one layer the first counts.
    this.positions = new Map(moments.toReversed().map((moment) => [keyOf(moment), moment.index]));
  }

  /** Index of the first moment of a layer in a phase; infinite where there is none. */
  position(phase: Phase, path: string | undefined): number {
    return this.positions.get(keyOf({ phase, path: path ?? lossPath })) ?? Infinity;
  }

  /** The layer that a parameter or tap belongs to; layers belong to themselves. */
  layerOf(path: string): string | undefined {
    const { layers } = this;
    return layers.has(path) || path === lossPath ? path : ownerOf(path, layers);
  }

  /** Where what a rule found is shown. */
  pathOf({ path, phase }: { readonly path: string; readonly phase: Phase }): string | undefined {
    if (path === '') return phase === 'loss' ? lossPath : undefined;
    return this.layerOf(path);
  }
}

function keyOf({ phase, path }: Pick<Moment, 'phase' | 'path'>): string {
  return `${phase} ${path}`;
}

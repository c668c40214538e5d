import type { LayerFacts, TapElements } from './facts.ts';

/** The units of a layer. */
interface Units {
  readonly count: number;
  readonly positions: number;
  /** Unit of element i: ⌊i / inner⌋ mod count. */
  readonly inner: number;
}

/** Layers after which three axes are [batch, channels, length], and those after which they are [batch, positions, features]. */
const channelLayers = ['Conv1d', 'BatchNorm1d', 'GroupNorm'];
const featureLayers = ['Linear', 'LayerNorm', 'RMSNorm', 'Embedding', 'MultiheadAttention', 'DyT'];

/**
 * The axis of a layer's units. Channels of pictures are the second of four axes, features the last of two; of three, the last layer up
 * to this one that tells channels from features decides.
 */
export function unitAxis(layers: readonly LayerFacts[], layer: LayerFacts, rank: number): number {
  if (rank !== 3) return rank > 3 ? 1 : Math.max(0, rank - 1);
  const before = layers.slice(0, layers.indexOf(layer) + 1);
  const deciding = before.findLast(({ type }) =>
    [...channelLayers, ...featureLayers].includes(type),
  );
  return deciding && channelLayers.includes(deciding.type) ? 1 : 2;
}

function unitsOf({ shape, data }: TapElements, axis: number): Units {
  const count = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  return { count, inner, positions: count === 0 ? 0 : data.length / count };
}

/** For each unit the share of its positions at which `test` holds. */
function unitShares(tap: TapElements, axis: number, test: (x: number) => boolean): Float64Array {
  const { count, inner, positions } = unitsOf(tap, axis);
  const shares = new Float64Array(count);
  tap.data.forEach((x, i) => {
    if (test(x)) shares[Math.floor(i / inner) % count]! += 1 / positions;
  });
  return shares;
}

/** A rounding error of the sums of shares. */
const slack = 1e-9;

/**
 * Share of the units along `axis` that are active (`test`) at fewer than `least` of the positions. As Amazon SageMaker Debugger's DeadRelu, whose
 * default is 1 %.
 */
export function idleShare(
  tap: TapElements,
  axis: number,
  least: number,
  test: (x: number) => boolean,
): number {
  const shares = unitShares(tap, axis, test);
  return shares.filter((share) => share < least - slack).length / shares.length;
}

/** Units along `axis`, by number, at which |x| is at least `size` at `share` or more of the positions. */
export function loudUnits(
  tap: TapElements,
  axis: number,
  size: number,
  share: number,
): readonly number[] {
  const shares = unitShares(tap, axis, (x) => Math.abs(x) >= size);
  return [...shares.keys()].filter((unit) => shares[unit]! >= share - slack);
}

/** Largest magnitude, and how many times the median magnitude that is. */
export function extremes({ data }: TapElements): {
  readonly largest: number;
  readonly ratio: number;
} {
  const sizes = Float32Array.from(data, Math.abs).sort();
  const largest = sizes[sizes.length - 1] ?? NaN;
  return { largest, ratio: largest / sizes[sizes.length >> 1]! };
}

/**
 * Entropy −Σ p ln p of each query's weights as a share of its maximum, the logarithm of how many keys it may see; averaged over batch
 * and queries, of the head where it is lowest. Queries that see one key have none. `weights` is [batch, heads, queries, keys]; where
 * no query gives weight to a key behind it, it counts as causal.
 */
export function entropyShare({ shape, data }: TapElements): number {
  const [, heads = 1, queries = 1, keys = 1] = shape;
  const isBehind = (i: number): boolean => i % keys > Math.floor(i / keys) % queries;
  const isCausal = queries === keys && data.every((p, i) => p === 0 || !isBehind(i));
  const sums = new Float64Array(heads);
  const counts = new Float64Array(heads);
  for (let row = 0; row * keys < data.length; row++) {
    const head = Math.floor(row / queries) % heads;
    const visible = isCausal ? (row % queries) + 1 : keys;
    if (visible < 2) continue;
    let entropy = 0;
    for (const p of data.subarray(row * keys, (row + 1) * keys)) {
      if (p > 0) entropy -= p * Math.log(p);
    }
    sums[head]! += entropy / Math.log(visible);
    counts[head]!++;
  }
  return Math.min(...sums.map((sum, head) => sum / counts[head]!));
}

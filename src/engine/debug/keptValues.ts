import type { Graph, Value } from '../../compiler/graph/types.ts';
import { bytesOf } from '../../compiler/onnx/memory.ts';
import type { TapList } from './tapList.ts';

/** Which values of a step are kept in memory, and which are computed again together. */
export interface KeptValues {
  /** In the order of execution. */
  readonly kept: ReadonlySet<Value>;
  /** All others, each group no larger than the budget or of one value; the largest comes first. */
  readonly groups: readonly (readonly Value[])[];
}

/** The taps that the graph computes. */
interface Computed {
  readonly values: ReadonlySet<Value>;
  /** What leaves each residual block, and the gradient that arrives there. */
  readonly streams: readonly (readonly Value[])[];
}

/** A value, in which direction it is computed, and between which borders, counted from the first layers. */
interface Placed {
  readonly value: Value;
  readonly isForward: boolean;
  readonly segment: number;
}

/**
 * Divides the taps of a step. What leaves each residual block, in both directions, is kept first, with half of the budget or evenly
 * spaced: it borders segments, each of which is computed from its borders in one go, forward and backward, so that all that is not
 * kept costs one more pass. As many segments are kept as there is room for.
 */
export function keptValues(list: TapList, budget: number): KeptValues {
  const { values, streams } = computedBy(list);
  if (total(values) <= budget)
    return { kept: inOrder(placesOf(list.graph, values, [])), groups: [] };
  const every = Math.ceil(total(streams.flat()) / (budget / 2));
  const borders = streams.filter((_, index) => (index + 1) % every === 0);
  const places = placesOf(list.graph, values, borders);
  const kept = new Set(borders.flat());
  let room = budget - total(kept);
  const bySegment = places.toSorted((a, b) => a.segment - b.segment).map(({ value }) => value);
  for (const value of bySegment) {
    if (kept.has(value) || bytesOf(value) > room) continue;
    kept.add(value);
    room -= bytesOf(value);
  }
  // A program fetches something.
  if (kept.size === 0) kept.add(bySegment[0]!);
  return {
    kept: inOrder(places.filter(({ value }) => kept.has(value))),
    groups: groupsOf(
      bySegment.filter((value) => !kept.has(value)),
      budget,
    ),
  };
}

function computedBy({ taps }: TapList): Computed {
  const values = new Set<Value>();
  const sums = new Map<string, readonly Value[]>();
  for (const { path, tap, source } of taps.values()) {
    if (source.kind !== 'value') continue;
    values.add(source.value);
    if (/^(grad:)?sum$/.test(tap)) sums.set(path, [...(sums.get(path) ?? []), source.value]);
  }
  return { values, streams: [...sums.values()] };
}

/** Gradients are in the segment of their layer, wherever in the graph they are computed. */
function placesOf(
  { nodes }: Graph,
  values: ReadonlySet<Value>,
  borders: readonly (readonly Value[])[],
): readonly Placed[] {
  const ends = new Set(borders.flat());
  const segments = new Map<string, number>();
  let last = 0;
  return nodes.flatMap(({ origin: { stage, path }, outputs }): readonly Placed[] => {
    const isForward = stage === 'forward' || stage === 'loss';
    if (isForward && !segments.has(path)) segments.set(path, last);
    const segment = isForward ? last : (segments.get(path) ?? last);
    if (isForward && outputs.some((value) => ends.has(value))) last++;
    return outputs
      .filter((value) => values.has(value))
      .map((value) => ({ value, isForward, segment }));
  });
}

function inOrder(places: readonly Placed[]): ReadonlySet<Value> {
  const forward = places.filter(({ isForward }) => isForward);
  const backward = places
    .filter(({ isForward }) => !isForward)
    .toSorted((a, b) => b.segment - a.segment);
  return new Set([...forward, ...backward].map(({ value }) => value));
}

function total(values: Iterable<Value>): number {
  let bytes = 0;
  for (const value of values) bytes += bytesOf(value);
  return bytes;
}

/** Splits values into groups of at most `budget` bytes, or of one value, and sorts these by size. */
function groupsOf(values: readonly Value[], budget: number): readonly (readonly Value[])[] {
  const groups: Value[][] = [];
  let bytes = Infinity;
  for (const value of values) {
    const size = bytesOf(value);
    if (bytes + size > budget) {
      groups.push([]);
      bytes = 0;
    }
    groups[groups.length - 1]!.push(value);
    bytes += size;
  }
  return groups.sort((a, b) => total(b) - total(a));
}

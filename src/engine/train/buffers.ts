import type { BufferSpec } from '../../compiler/passes/programs.ts';

/**
 * Moves the buffers on by one training batch, as PyTorch does after each forward pass: reads `from`, writes `into`, which may be
 * the same arrays. `statistics` is the program's output `batchStatistics`. Computed in float64, kept in float32.
 *
 * A running average without momentum is the mean over all batches; how many there were is the count of the same layer.
 */
export function updateBuffers(
  specs: readonly BufferSpec[],
  from: readonly Float32Array[],
  into: readonly Float32Array[],
  statistics: Float32Array,
): void {
  const counts = new Map<string, number>();
  specs.forEach(({ path, average }, index) => {
    if (average) return;
    const count = from[index]![0]! + 1;
    counts.set(layerOf(path), count);
    into[index]![0] = count;
  });
  specs.forEach(({ path, average }, index) => {
    if (!average) return;
    const { offset, factor } = average;
    const momentum = average.momentum ?? 1 / counts.get(layerOf(path))!;
    const before = from[index]!;
    const after = into[index]!;
    for (let i = 0; i < after.length; i++) {
      after[i] = (1 - momentum) * before[i]! + momentum * factor * statistics[offset + i]!;
    }
  });
}

/** Elements of the output `batchStatistics`. */
export function batchStatisticsLength(specs: readonly BufferSpec[]): number {
  return specs.reduce((sum, { shape, average }) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    return average ? sum + size : sum;
  }, 0);
}

function layerOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.'));
}

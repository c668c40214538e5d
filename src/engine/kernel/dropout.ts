import { streamId } from '../../base/random.ts';
import type { Kernel } from './kernel.ts';
import type { Region } from './memory.ts';

/** One dropout mask of a program and where its values go. */
export interface MaskTarget {
  readonly path: string;
  /** Probability of an element to be dropped, in [0, 1]. */
  readonly probability: number;
  readonly region: Region;
}

/**
 * Fills a mask for one batch: element i is 0 where word i of `RandomStream(seed, 'dropout:' + path, batch)` is below
 * probability · 2³², else 1 / (1 − probability) (inverted dropout, as `torch.nn.Dropout`). Depends on (seed, path, batch) alone.
 */
export function fillDropoutMask(
  kernel: Kernel,
  mask: MaskTarget,
  seed: number,
  batch: number,
): void {
  const { region, probability } = mask;
  if (probability >= 1) {
    kernel.float32(region).fill(0);
    return;
  }
  const threshold = Math.round(probability * 2 ** 32);
  kernel.run.dropoutMask(
    region.address,
    region.length,
    threshold,
    1 / (1 - probability),
    batch,
    streamId(`dropout:${mask.path}`),
    seed >>> 0,
    Math.floor(seed / 2 ** 32),
  );
}

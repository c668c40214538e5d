import { RandomStream } from '../../../base/random.ts';
import type { SampleSettings } from '../../../language/settings.ts';

/** Numbers of the samples that a share of the data is held back of, both in ascending order. */
export interface Split {
  readonly training: Uint32Array;
  readonly validation: Uint32Array;
}

/**
 * Which of `count` samples train and which validate, where a share is held back. Does not depend on the run's seed, so that runs with
 * different seeds can be compared.
 */
export function splitByShare(
  count: number,
  { validation: share, samples }: Pick<SampleSettings, 'validation' | 'samples'>,
): Split {
  const order = new RandomStream(0, 'split').nextPermutation(count);
  const held = Math.floor(count * share);
  const most = Math.min(held + (samples ?? count), count);
  return { training: order.slice(held, most).sort(), validation: order.slice(0, held).sort() };
}

import { RandomNumbers, streamId } from '../../base/random.ts';
import type { Kernel } from './kernel.ts';
import type { Region } from './memory.ts';

/** Words that are made at once; a multiple of 16. */
export const randomChunk = 4096;

/**
 * The same sequence as `RandomStream` of src/base, with the words made in bulk by the kernel: what fills millions of initial
 * weights. The chunk region must have `randomChunk` elements and is shared: one source at a time.
 */
export class RandomSource extends RandomNumbers {
  private readonly kernel: Kernel;
  private readonly chunk: Region;
  private readonly words: Uint32Array;
  private readonly stream: number;
  private readonly substream: number;
  private readonly key0: number;
  private readonly key1: number;
  private made = 0;
  private used = randomChunk;

  constructor(kernel: Kernel, chunk: Region, seed: number, stream: string, substream = 0) {
    super();
    this.kernel = kernel;
    this.chunk = chunk;
    this.words = kernel.uint32(chunk);
    this.stream = streamId(stream);
    this.substream = substream;
    this.key0 = seed >>> 0;
    this.key1 = Math.floor(seed / 2 ** 32);
  }

  nextUint32(): number {
    if (this.used === randomChunk) this.refill();
    return this.words[this.used++]!;
  }

  /**
   * Fills `values` with mean + std · z, z standard normal: what `nextNormal` gives at the beginning of a stream, but for the last bit
   * of a few, several times as fast. Words that a refill made and nobody took are passed over.
   */
  fillNormal(values: Float32Array, mean: number, std: number): void {
    const { substream, stream, key0, key1 } = this;
    const { address } = this.chunk;
    const numbers = this.kernel.float32(this.chunk);
    for (let at = 0; at < values.length; at += randomChunk) {
      const count = Math.min(randomChunk, values.length - at);
      const { run } = this.kernel;
      run.randomNormals(address, count, mean, std, this.made, substream, stream, key0, key1);
      values.set(numbers.subarray(0, count), at);
      this.made += count;
    }
    this.used = randomChunk;
  }

  private refill(): void {
    const { address } = this.chunk;
    const { substream, stream, key0, key1 } = this;
    this.kernel.run.randomWords(address, randomChunk, this.made, substream, stream, key0, key1);
    this.made += randomChunk / 4;
    this.used = 0;
  }
}

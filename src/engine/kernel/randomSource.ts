import { streamId } from '../../base/random.ts';
import type { Kernel } from './kernel.ts';
import type { Region } from './memory.ts';

/** Words that are made at once; a multiple of 16. */
export const randomChunk = 4096;

/**
 * The same sequence as `RandomStream` of src/base, with the words made in bulk by the kernel: what fills millions of initial
 * weights. The chunk region must have `randomChunk` elements and is shared: one source at a time.
 */
export class RandomSource {
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

  /** Uniform in [0, 1) with 53 random bits. */
  nextUniform(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Standard normal. */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextUniform()));
    return radius * Math.cos(2 * Math.PI * this.nextUniform());
  }

  private refill(): void {
    const { address } = this.chunk;
    const { substream, stream, key0, key1 } = this;
    this.kernel.run.randomWords(address, randomChunk, this.made, substream, stream, key0, key1);
    this.made += randomChunk / 4;
    this.used = 0;
  }
}

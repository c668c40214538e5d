/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC 2011). Output block `i` depends on the key and on `i` alone, so that any number of any stream can be had
 * without those before it: that is what makes masks, shuffles and initial weights replayable from (seed, stream, index).
 */
const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;
const rounds = 10;

/** The upper 32 bits of a · b. Partial products of 16 bits stay below 2^53, where numbers are exact. */
function highProduct(a: number, b: number): number {
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = (a & 0xffff) * bLow;
  const middle = (a >>> 16) * bLow + (low >>> 16);
  const cross = (a & 0xffff) * bHigh + (middle & 0xffff);
  return ((a >>> 16) * bHigh + (middle >>> 16) + (cross >>> 16)) | 0;
}

/**
 * One block: four 32-bit words for a counter of four words and a key of two, written to `out[0..3]`. Everything is kept in
 * signed 32-bit numbers, which is what the compiler turns into machine integers.
 */
export function philox4x32(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
): void {
  let c0 = counter0 | 0;
  let c1 = counter1 | 0;
  let c2 = counter2 | 0;
  let c3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < rounds; round++) {
    const next0 = highProduct(c2, multiplier1) ^ c1 ^ k0;
    const next2 = highProduct(c0, multiplier0) ^ c3 ^ k1;
    c1 = Math.imul(multiplier1, c2);
    c3 = Math.imul(multiplier0, c0);
    c0 = next0;
    c2 = next2;
    k0 = (k0 + weyl0) | 0;
    k1 = (k1 + weyl1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** FNV-1a of a name's UTF-16 units, 32 bit: turns a stream's name into a counter word. */
export function streamId(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash >>> 0;
}

/** Random numbers of several kinds, made of a sequence of words. */
export abstract class RandomNumbers {
  /** The next 32 bits as an unsigned integer. */
  abstract nextUint32(): number;

  /** Uniform in [0, 1) with 53 random bits. */
  nextUniform(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Standard normal, by Box and Muller's transform (the cosine half, so that each call uses two uniforms). */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextUniform()));
    return radius * Math.cos(2 * Math.PI * this.nextUniform());
  }

  /** Uniform integer in [0, bound), 0 < bound <= 2^32, without modulo bias (rejection). */
  nextBelow(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const word = this.nextUint32();
      if (word < limit) return word % bound;
    }
  }

  /** A random order of 0..count-1 (Fisher and Yates). */
  nextPermutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.nextBelow(i + 1);
      const held = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = held;
    }
    return order;
  }
}

/**
 * A sequence of random numbers named by (seed, stream, substream): e.g. (1337, 'init:blocks.0.mlp.1.weight', 0) or
 * (1337, 'shuffle', epoch). Two sequences with different names are independent.
 */
export class RandomStream extends RandomNumbers {
  private readonly key0: number;
  private readonly key1: number;
  private readonly stream: number;
  private readonly substream: number;
  private block = 0;
  private used = 4;
  private readonly words = new Uint32Array(4);

  /** `seed` is an integer in [0, 2^53); `substream` an integer in [0, 2^32). */
  constructor(seed: number, stream: string, substream = 0) {
    super();
    this.key0 = seed >>> 0;
    this.key1 = Math.floor(seed / 2 ** 32) >>> 0;
    this.stream = streamId(stream);
    this.substream = substream >>> 0;
  }

  /** The next 32 bits as an unsigned integer. */
  nextUint32(): number {
    if (this.used === 4) {
      const low = this.block >>> 0;
      const high = Math.floor(this.block / 2 ** 32);
      philox4x32(low, high, this.substream, this.stream, this.key0, this.key1, this.words);
      this.block++;
      this.used = 0;
    }
    return this.words[this.used++] ?? 0;
  }
}

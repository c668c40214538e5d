import assert from 'node:assert/strict';
import { philox4x32, RandomStream, streamId } from '../../src/base/random.ts';

type Counter = readonly [number, number, number, number];
type Key = readonly [number, number];

/** Random123's known-answer vectors for philox4x32 with 10 rounds (its file kat_vectors). */
const vectors: readonly (readonly [Counter, Key, Counter])[] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

describe('Philox', () => {
  it('gives the published answers', () => {
    for (const [counter, key, expected] of vectors) {
      const out = new Uint32Array(4);
      philox4x32(...counter, ...key, out);
      assert.deepEqual([...out], expected);
    }
  });
});

describe('random streams', () => {
  it('hand out the words of consecutive blocks of their own counter', () => {
    const stream = new RandomStream(2 ** 40 + 7, 'shuffle', 3);
    const out = new Uint32Array(4);
    for (let block = 0; block < 3; block++) {
      philox4x32(block, 0, 3, streamId('shuffle'), 7, 2 ** 8, out);
      const words = Array.from(out, () => stream.nextUint32());
      assert.deepEqual(words, [...out]);
    }
  });

  it('differ by seed, name and substream, and repeat when all three are the same', () => {
    const draw = (seed: number, name: string, substream: number): string => {
      const stream = new RandomStream(seed, name, substream);
      return Array.from({ length: 8 }, () => stream.nextUint32()).join();
    };
    assert.equal(draw(1, 'init', 0), draw(1, 'init', 0));
    const others = [draw(1, 'init', 0), draw(2, 'init', 0), draw(1, 'mask', 0), draw(1, 'init', 1)];
    assert.equal(new Set([...others, draw(1 + 2 ** 32, 'init', 0)]).size, 5);
  });

  it('draw uniforms in [0, 1) with the moments of the uniform distribution', () => {
    const stream = new RandomStream(5, 'uniform');
    const drawn = Array.from({ length: 100_000 }, () => stream.nextUniform());
    assert.ok(drawn.every((u) => u >= 0 && u < 1));
    // Five standard errors: of the mean √(1/12/n), of the second moment √(4/45/n).
    near(moment(drawn, 1), 1 / 2, 5 * Math.sqrt(1 / 12 / drawn.length));
    near(moment(drawn, 2), 1 / 3, 5 * Math.sqrt(4 / 45 / drawn.length));
    near(correlation(drawn), 0, 5 / Math.sqrt(drawn.length));
  });

  it('draw normals with the moments of the normal distribution', () => {
    const stream = new RandomStream(5, 'normal');
    const drawn = Array.from({ length: 100_000 }, () => stream.nextNormal());
    // Five standard errors; the variances of x, x², x³, x⁴ are 1, 2, 15, 96.
    [0, 1, 0, 3].forEach((expected, i) => {
      const error = Math.sqrt([1, 2, 15, 96][i]! / drawn.length);
      near(moment(drawn, i + 1), expected, 5 * error);
    });
    near(correlation(drawn), 0, 5 / Math.sqrt(drawn.length));
  });

  it('draw bounded integers evenly', () => {
    const stream = new RandomStream(11, 'below');
    const counts = new Array<number>(7).fill(0);
    const total = 70_000;
    for (let i = 0; i < total; i++) counts[stream.nextBelow(7)]!++;
    const chiSquare = counts.reduce((sum, n) => sum + (n - total / 7) ** 2 / (total / 7), 0);
    // 22.46 is exceeded once in a thousand times with six degrees of freedom.
    assert.ok(chiSquare < 22.46, `χ² is ${chiSquare}`);
    const wide = Array.from({ length: 100 }, () => stream.nextBelow(2 ** 32));
    assert.ok(wide.some((word) => word > 2 ** 31) && wide.every((word) => word < 2 ** 32));
  });

  it('permute: each number once, each order of three as often as the others', () => {
    const stream = new RandomStream(3, 'shuffle');
    const order = [...stream.nextPermutation(1000)];
    assert.deepEqual(
      order.toSorted((a, b) => a - b),
      [...Array(1000).keys()],
    );
    assert.notDeepEqual(order, [...Array(1000).keys()]);
    const seen = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const key = stream.nextPermutation(3).join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    assert.equal(seen.size, 6);
    // Each count is binomial with standard deviation √(6000 · 1/6 · 5/6) = 28.9.
    for (const count of seen.values()) near(count, 1000, 5 * 28.9);
    assert.deepEqual([...stream.nextPermutation(0)], []);
  });
});

function near(value: number, expected: number, allowed: number): void {
  assert.ok(Math.abs(value - expected) < allowed, `${value} is not ${expected} ± ${allowed}`);
}

function moment(values: readonly number[], power: number): number {
  return values.reduce((sum, x) => sum + x ** power, 0) / values.length;
}

/** Of neighbours in the sequence. */
function correlation(values: readonly number[]): number {
  const mean = moment(values, 1);
  const centred = values.map((x) => x - mean);
  const products = centred.slice(1).map((x, i) => x * centred[i]!);
  return products.reduce((a, b) => a + b, 0) / centred.reduce((sum, x) => sum + x * x, 0);
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
} from '../../src/engine/data/safetensors.ts';

function join(tensors: readonly NamedTensor[], metadata?: Record<string, string>): Uint8Array {
  const { header, parts } = encodeSafetensors(tensors, metadata);
  return Buffer.concat([header, ...parts]);
}

/** A file by hand: a header as given, and data bytes. */
function file(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

describe('safetensors', () => {
  it('come back as they were written, whatever their names', () => {
    const tensor = fc.tuple(fc.string(), fc.array(fc.float(), { maxLength: 40 }));
    fc.assert(
      fc.property(fc.uniqueArray(tensor, { selector: ([name]) => name }), (list) => {
        const tensors = list
          .filter(([name]) => name !== '__metadata__')
          .map(([name, data]) => ({ name, shape: [data.length], data: Float32Array.from(data) }));
        const read = decodeSafetensors(join(tensors, { step: '12' }), 'a.safetensors');
        assert.deepEqual(read.metadata, { step: '12' });
        assert.equal(read.headerLength % 64, 0);
        assert.deepEqual(new Map(tensors.map((x) => [x.name, x])), new Map(read.tensors));
      }),
    );
  });

  it('whole numbers are written as int64', () => {
    const count: NamedTensor = {
      name: 'n',
      shape: [],
      data: Float32Array.of(300),
      dtype: 'I64',
    };
    const bytes = join([count], {});
    assert.equal(Buffer.from(bytes.slice(-8)).readBigInt64LE(), 300n);
    assert.deepEqual([...decodeSafetensors(bytes, 'a').tensors.get('n')!.data], [300]);
  });

  it('of other types become float32, those it does not know are left out', () => {
    const data = Buffer.alloc(28);
    data.writeDoubleLE(1 / 3, 0);
    // float16: 1.5, −2, the smallest subnormal, infinity.
    [0x3e00, 0xc000, 0x0001, 0x7c00].forEach((bits, i) => data.writeUInt16LE(bits, 8 + 2 * i));
    // bfloat16: 1, −0.5.
    [0x3f80, 0xbf00].forEach((bits, i) => data.writeUInt16LE(bits, 16 + 2 * i));
    data.writeBigInt64LE(12_345_678n, 20);
    const entry = (dtype: string, shape: number[], from: number, to: number): object => ({
      dtype,
      shape,
      data_offsets: [from, to],
    });
    const header = {
      double: entry('F64', [], 0, 8),
      half: entry('F16', [2, 2], 8, 16),
      brain: entry('BF16', [2], 16, 20),
      integers: entry('I64', [1], 20, 28),
      words: entry('I32', [2], 20, 28),
    };
    const { tensors } = decodeSafetensors(file(header, data), 'a');
    assert.deepEqual([...tensors.get('double')!.data], [Math.fround(1 / 3)]);
    assert.deepEqual([...tensors.get('half')!.data], [1.5, -2, 2 ** -24, Infinity]);
    assert.deepEqual([...tensors.get('brain')!.data], [1, -0.5]);
    assert.deepEqual([...tensors.get('integers')!.data], [12_345_678]);
    assert.equal(tensors.has('words'), false);
  });

  const wrong: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['a file of four bytes', new Uint8Array(4), /it has 4 bytes/],
    ['a header longer than the file', file({}).fill(255, 0, 3), /its header would have/],
    ['a header that is no JSON', file('{"a":'), /not JSON/],
    ['a header that is a number', file('12'), /not JSON/],
    [
      'an entry without offsets',
      file({ a: { dtype: 'F32', shape: [1] } }),
      /entry of 'a' is incomplete/,
    ],
    ['an entry that is null', file({ a: null }), /'a' has no entry/],
    [
      'data outside',
      file({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, new Uint8Array(4)),
      /outside of the file/,
    ],
    [
      'a shape of another size',
      file({ a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }, new Uint8Array(8)),
      /'a' \[3\] does not have 8 bytes/,
    ],
  ];
  for (const [name, bytes, message] of wrong) {
    it(`refuse ${name}`, () => {
      assert.throws(() => decodeSafetensors(bytes, 'w.safetensors'), {
        code: 'bad-safetensors',
        message,
      });
    });
  }

  it('never fail otherwise, whatever the bytes', () => {
    const good = join([{ name: 'a', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = good.slice();
        bytes[at]! ^= flip;
        try {
          decodeSafetensors(bytes, 'w');
        } catch (error) {
          assert.equal((error as { code: unknown }).code, 'bad-safetensors');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

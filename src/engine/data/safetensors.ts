import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { NormscopeError } from '../../base/errors.ts';
import { formatShape, type Shape } from '../../compiler/graph/types.ts';
import { readHalf } from './samples/elements.ts';

/** A float32 tensor with its name in a safetensors file. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array;
  /** How files hold it when not as F32: whole numbers, such as a count of batches. */
  readonly dtype?: 'I64';
}

const largestHeader = 100 * 2 ** 20;

/**
 * The pieces of a safetensors file (github.com/huggingface/safetensors): 8 bytes with the header's length, the header as JSON,
 * padded with spaces so that the data starts at a multiple of 64 bytes, and the data of each tensor in the order given.
 */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): { readonly header: Uint8Array; readonly parts: readonly Uint8Array[] } {
  let offset = 0;
  const parts = tensors.map(tensorBytes);
  const entries = tensors.map(({ name, shape, dtype = 'F32' }, index) => {
    const start = offset;
    offset += parts[index]?.length ?? 0;
    return [name, { dtype, shape, data_offsets: [start, offset] }] as const;
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const text = new TextEncoder().encode(json);
  const length = Math.ceil((8 + text.length) / 64) * 64;
  const header = new Uint8Array(length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length - 8), true);
  header.set(text, 8);
  return { header, parts };
}

/** A tensor's data as files hold it. */
export function tensorBytes({ data, dtype }: NamedTensor): Uint8Array {
  const written = dtype === 'I64' ? BigInt64Array.from(data, BigInt) : data;
  return new Uint8Array(written.buffer, written.byteOffset, written.byteLength);
}

/** What a reader finds: F32, F64, F16, BF16 and I64 tensors as float32; others are left out. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes before the data. */
  readonly headerLength: number;
}

/** Reads a whole safetensors file. Throws `bad-safetensors` naming `file` and what is wrong. */
export function decodeSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const bad = (what: string): NormscopeError =>
    new NormscopeError(
      'input',
      'bad-safetensors',
      l10n.t(
        '{0} is not a safetensors file: {1}. Write it anew, or give another file.',
        file,
        what,
      ),
    );
  if (bytes.length < 8) throw bad(l10n.t('it has {0}', counted.bytes(bytes.length)));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > largestHeader || length > bytes.length - 8) {
    throw bad(l10n.t('its header would have {0}', counted.bytes(length)));
  }
  const header = parseHeader(bytes.subarray(8, 8 + length), bad);
  // No Buffer, whose slice() would not copy.
  const start = bytes.byteOffset + 8 + length;
  const data = new Uint8Array(bytes.buffer, start, bytes.length - 8 - length);
  const tensors = new Map<string, NamedTensor>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of header) {
    if (name === '__metadata__') metadata = entry as Record<string, string>;
    else {
      const tensor = readTensor(name, entry, data, bad);
      if (tensor) tensors.set(name, tensor);
    }
  }
  return { tensors, metadata, headerLength: 8 + length };
}

function parseHeader(
  bytes: Uint8Array,
  bad: (what: string) => NormscopeError,
): readonly (readonly [string, unknown])[] {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof header === 'object' && header !== null) return Object.entries(header);
  } catch {
    // Reported below, like a header that is JSON but no object.
  }
  throw bad(l10n.t('its header is not JSON'));
}

function readTensor(
  name: string,
  entry: unknown,
  data: Uint8Array,
  bad: (what: string) => NormscopeError,
): NamedTensor | undefined {
  if (typeof entry !== 'object' || entry === null) throw bad(l10n.t("'{0}' has no entry", name));
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  const isList = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);
  if (!isList(shape) || !isList(offsets))
    throw bad(l10n.t("the entry of '{0}' is incomplete", name));
  const [start, end] = offsets;
  if (start === undefined || end === undefined || start > end || end > data.length) {
    throw bad(l10n.t("the data of '{0}' lies outside of the file", name));
  }
  const read = readers[String(dtype)];
  if (read === undefined) return undefined;
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (size * read.bytes !== end - start) {
    throw bad(
      l10n.t("'{0}' {1} does not have {2}", name, formatShape(shape), counted.bytes(end - start)),
    );
  }
  // Copied, so that elements lie at multiples of their size.
  const copy = new DataView(data.slice(start, end).buffer);
  const values = read.convert(copy, size);
  return { name, shape, data: values, ...(dtype === 'I64' && { dtype }) };
}

interface Reader {
  readonly bytes: number;
  convert(view: DataView, size: number): Float32Array;
}

const readers: Readonly<Record<string, Reader>> = {
  F32: { bytes: 4, convert: (view) => new Float32Array(view.buffer as ArrayBuffer) },
  F64: {
    bytes: 8,
    convert: (view) => Float32Array.from(new Float64Array(view.buffer as ArrayBuffer)),
  },
  I64: {
    bytes: 8,
    convert: (view) => Float32Array.from(new BigInt64Array(view.buffer as ArrayBuffer), Number),
  },
  F16: {
    bytes: 2,
    convert: (view, size) =>
      Float32Array.from({ length: size }, (_, i) => readHalf(view, 2 * i, true)),
  },
  BF16: {
    bytes: 2,
    convert: (view, size) => {
      // The upper half of a float32.
      const bits = Uint32Array.from({ length: size }, (_, i) => view.getUint16(2 * i, true) << 16);
      return new Float32Array(bits.buffer);
    },
  },
};

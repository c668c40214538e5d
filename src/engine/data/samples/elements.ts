/** Kinds of numbers in files, by numpy's names. */
export type ElementType =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64';

/** How numbers stand in a file. */
export interface Elements {
  readonly type: ElementType;
  readonly littleEndian: boolean;
}

type Read = (view: DataView, at: number, littleEndian: boolean) => number;

const kinds: Readonly<Record<ElementType, { readonly bytes: number; readonly read: Read }>> = {
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  int8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  uint16: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  int16: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  uint32: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  int32: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  uint64: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  int64: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  float16: { bytes: 2, read: readHalf },
  float32: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  float64: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
};

/** Bytes of one number. */
export function bytesOf({ type }: Elements): number {
  return kinds[type].bytes;
}

/** Reads as many numbers as `into` holds from the beginning of `bytes`. */
export function readElements(
  bytes: Uint8Array,
  elements: Elements,
  into: Float32Array | Float64Array,
): void {
  const { bytes: width, read } = kinds[elements.type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < into.length; i++) into[i] = read(view, i * width, elements.littleEndian);
}

/** IEEE 754 binary16. */
export function readHalf(view: DataView, at: number, littleEndian: boolean): number {
  const bits = view.getUint16(at, littleEndian);
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

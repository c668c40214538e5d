import * as l10n from '@vscode/l10n';
import { counted } from '../../../base/counts.ts';
import { sizeOf, type Shape } from '../../../compiler/graph/types.ts';
import { bytesOf, type Elements, type ElementType } from './elements.ts';
import { corrupt, type OpenedFile } from './fileBytes.ts';
import { openRows } from './rows.ts';

/** An array in a file. */
export interface NpyArray {
  readonly file: OpenedFile;
  readonly elements: Elements;
  readonly shape: Shape;
  /** Bytes before the numbers. */
  readonly offset: number;
}

const types: Readonly<Record<string, ElementType>> = {
  b1: 'uint8',
  u1: 'uint8',
  i1: 'int8',
  u2: 'uint16',
  i2: 'int16',
  u4: 'uint32',
  i4: 'int32',
  u8: 'uint64',
  i8: 'int64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const longestHeader = 65_536;

/** Reads the header of a file in numpy's format (numpy.lib.format, versions 1 to 3). Throws `data-corrupt`. */
export function readNpy(file: OpenedFile): NpyArray {
  const { name, size } = file;
  const start = headBytes(file, Math.min(size, 12));
  if (start.length < 12 || !magic.every((byte, i) => start[i] === byte)) {
    throw corrupt(name, l10n.t('it does not begin like an .npy file'));
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const isLong = start[6]! > 1;
  const prefix = isLong ? 12 : 10;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const offset = prefix + length;
  if (length > longestHeader || offset > size) throw corrupt(name, l10n.t('its header is cut off'));
  const text = new TextDecoder('latin1').decode(headBytes(file, offset).subarray(prefix));
  const [, order = '', code = ''] = /'descr':\s*'([<>|=])(\w+)'/.exec(text) ?? [];
  const type = types[code];
  const [, axes] = /'shape':\s*\(([\d,\s]*)\)/.exec(text) ?? [];
  if (type === undefined || axes === undefined) {
    throw corrupt(
      name,
      l10n.t('its header is {0}; arrays of numbers can be read', text.trim().slice(0, 200)),
    );
  }
  if (/'fortran_order':\s*True/.test(text)) {
    throw corrupt(name, l10n.t('its numbers stand in columns; save numpy.ascontiguousarray(x)'));
  }
  const shape = axes.split(',').flatMap((axis) => (axis.trim() === '' ? [] : [Number(axis)]));
  const elements = { type, littleEndian: order !== '>' };
  const bytes = sizeOf(shape) * bytesOf(elements);
  if (bytes !== size - offset) {
    throw corrupt(
      name,
      l10n.t(
        'its header promises [{0}] of {1}, which is {2}, and what follows is {3}',
        shape.join(', '),
        type,
        counted.bytes(bytes),
        counted.bytes(size - offset),
      ),
    );
  }
  return { file, elements, shape, offset };
}

function headBytes({ name, from }: OpenedFile, length: number): Uint8Array {
  const rows = openRows([{ name, from, count: 1, offset: 0, stride: length, length }]);
  try {
    return rows.read(0).slice();
  } finally {
    rows.close();
  }
}

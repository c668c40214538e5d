import * as l10n from '@vscode/l10n';
import { convertIndexedToRgb, decode as decodePng, type DecodedPng } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import { refuseBomb } from './pngBomb.ts';

/** A decoded picture: bytes [height, width, channels], 1 channel of grey or 3 of red, green and blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** What can be known of a picture without decoding it. */
export type PictureHeader = Omit<Picture, 'data'>;

/** File names that `readHeader` and `decodePicture` are for. */
export const pictureName = /\.(png|jpe?g)$/i;

/** Larger pictures would take hundreds of megabytes while they are decoded. */
const mostPixels = 64e6;
const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Size and colours by the first bytes of a PNG (IHDR) or JPEG (SOFn). Throws an `Error` that says what is wrong. */
export function readHeader(bytes: Uint8Array): PictureHeader {
  const header = pngHeader(bytes) ?? jpegHeader(bytes);
  if (header === undefined) throw new Error(l10n.t('it is neither a PNG nor a JPEG'));
  const { width, height } = header;
  if (width === 0 || height === 0) throw new Error(l10n.t('it is {0} × {1}', width, height));
  if (width * height > mostPixels) {
    throw new Error(
      l10n.t('it has {0} × {1} pixels, more than {2} million', width, height, mostPixels / 1e6),
    );
  }
  return header;
}

/** Decodes a whole PNG or JPEG; transparency is dropped. Throws an `Error` that says what is wrong. */
export function decodePicture(bytes: Uint8Array): Picture {
  const header = readHeader(bytes);
  const { width, height, channels } = header;
  const isPng = pngHeader(bytes) !== undefined;
  if (isPng) refuseBomb(bytes, header);
  const decoded = isPng ? decodedPng(decodePng(bytes, { checkCrc: true })) : decodedJpeg(bytes);
  const pixels = width * height;
  const data = new Uint8Array(channels * pixels);
  const { data: from, channels: stride } = decoded;
  if (from.length < stride * pixels) throw new Error(l10n.t('pixels are missing'));
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < channels; c++) data[i * channels + c] = from[i * stride + c]!;
  }
  return { width, height, channels, data };
}

function pngHeader(bytes: Uint8Array): PictureHeader | undefined {
  if (bytes.length < 33 || !pngSignature.every((byte, i) => bytes[i] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Colour type 0 is grey, 4 grey with transparency; a palette (3) holds colours.
  const isGrey = bytes[25] === 0 || bytes[25] === 4;
  return { width: view.getUint32(16), height: view.getUint32(20), channels: isGrey ? 1 : 3 };
}

function jpegHeader(bytes: Uint8Array): PictureHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 10 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    // Start of frame: C0 to CF but for the tables C4, C8 and CC.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const channels = bytes[at + 9] === 1 ? 1 : 3;
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), channels };
    }
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  throw new Error(l10n.t('the JPEG has no frame'));
}

interface Interleaved {
  readonly data: ArrayLike<number>;
  readonly channels: number;
}

function decodedPng(png: DecodedPng): Interleaved {
  const { data, depth, channels, palette, width, height } = png;
  if (palette) return { data: convertIndexedToRgb(png), channels: palette[0]?.length ?? 3 };
  if (depth === 16) return { data: Uint8Array.from(data, (value) => value >> 8), channels };
  if (depth === 8) return { data, channels };
  // Grey of 1, 2 or 4 bits; each row begins at a byte.
  const perRow = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  const unpacked = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const byte = data[y * perRow + Math.floor((x * depth) / 8)]!;
    return (255 / most) * ((byte >> (8 - depth - ((x * depth) % 8))) & most);
  });
  return { data: unpacked, channels: 1 };
}

function decodedJpeg(bytes: Uint8Array): Interleaved {
  const options = { useTArray: true, tolerantDecoding: false, maxResolutionInMP: 64 } as const;
  return { data: decodeJpeg(bytes, options).data, channels: 4 };
}

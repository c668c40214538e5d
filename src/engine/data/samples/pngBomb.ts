import { inflateSync } from 'node:zlib';

/** No deflate stream unpacks to more than so many bytes for each of its own. */
const mostFactor = 1032;
/** A colour profile, or a small picture, may always unpack to this. */
const always = 16 * 2 ** 20;
/** Chunks begin behind the signature: length, type, data, checksum. */
const signatureBytes = 8;
const frameBytes = 12;

/**
 * Throws an `Error` where a PNG would unpack to more than a picture of this size can need (16 bits of four channels): whoever decodes
 * it would unpack it all first. Only what could be so large is looked at.
 */
export function refuseBomb(
  bytes: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  const pixels: Uint8Array[] = [];
  for (const { type, data } of chunksOf(bytes)) {
    if (type === 'IDAT' || type === 'fdAT') pixels.push(data);
    // Behind the profile's name, which ends with 0, and the method.
    if (type === 'iCCP') requireAtMost([data.subarray(data.indexOf(0) + 2)], always);
  }
  requireAtMost(pixels, always + 8 * (width + 2) * height);
}

function requireAtMost(parts: readonly Uint8Array[], most: number): void {
  const packed = parts.reduce((sum, { length }) => sum + length, 0);
  if (packed * mostFactor <= most) return;
  try {
    inflateSync(Buffer.concat(parts), { maxOutputLength: most });
  } catch (error) {
    // What else is wrong with it, the decoder says.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return;
    throw new Error('it unpacks to far more than its size needs', { cause: error });
  }
}

function* chunksOf(
  bytes: Uint8Array,
): Generator<{ readonly type: string; readonly data: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = signatureBytes; at + frameBytes <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { type, data: bytes.subarray(at + 8, at + 8 + length) };
    at += frameBytes + length;
  }
}

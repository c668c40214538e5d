import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const root = path.resolve(import.meta.dirname, '..');
const source = 'src/engine/kernel/index.as.ts';
const target = 'dist/kernel.wasm';

/** When a source of the kernel was last changed, in milliseconds. */
function newestChange(folder: string): number {
  const sources = readdirSync(folder).filter((name) => name.endsWith('.as.ts'));
  return Math.max(...sources.map((name) => statSync(path.join(folder, name)).mtimeMs));
}

/**
 * Compiles the WebAssembly kernel of the engine (AssemblyScript, 128-bit SIMD) to dist/kernel.wasm.
 * The module imports its memory as `env.memory`; nothing is compiled when the file is up to date.
 */
export async function buildKernel(): Promise<void> {
  const from = path.join(root, source);
  const to = path.join(root, target);
  if (existsSync(to) && statSync(to).mtimeMs >= newestChange(path.dirname(from))) return;
  mkdirSync(path.dirname(to), { recursive: true });
  const { error } = await asc.main(
    [
      source,
      ...['--baseDir', root, '--outFile', target],
      ...['-O3', '--noAssert', '--converge', '--runtime', 'stub', '--importMemory'],
      ...['--enable', 'simd'],
    ],
    { stderr: process.stderr },
  );
  if (error !== null) throw new Error(`${source} does not compile`, { cause: error });
  console.log(`built ${target}, ${statSync(to).size} bytes`);
}

if (process.argv[1] === import.meta.filename) await buildKernel();

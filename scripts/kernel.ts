import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const root = path.resolve(import.meta.dirname, '..');
const source = 'src/engine/kernel/index.as.ts';
const target = 'dist/kernel.wasm';

/**
 * Compiles the WebAssembly kernel of the engine (AssemblyScript, 128-bit SIMD) to dist/kernel.wasm.
 * The module imports its memory as `env.memory`; nothing is compiled when the file is up to date.
 */
export async function buildKernel(): Promise<void> {
  const from = path.join(root, source);
  const to = path.join(root, target);
  if (!existsSync(from)) {
    console.log(`skipped ${target}: ${source} does not exist`);
    return;
  }
  if (existsSync(to) && statSync(to).mtimeMs >= statSync(from).mtimeMs) return;
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

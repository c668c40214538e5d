import path from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from '../../scripts/build.ts';
import { buildKernel } from '../../scripts/kernel.ts';

const bundle = 'dist/engineUnderTest.cjs';
let built: Promise<string> | undefined;

/** Builds the engine's program from the sources as they are now, and gives its path. */
export function engineProgram(): Promise<string> {
  built ??= buildEngine();
  return built;
}

async function buildEngine(): Promise<string> {
  await buildKernel();
  await build({ ...nodeBundle, entryPoints: ['src/engine/main/main.ts'], outfile: bundle });
  return path.resolve(import.meta.dirname, '../..', bundle);
}

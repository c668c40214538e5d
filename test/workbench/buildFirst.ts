import { buildAll } from '../../scripts/build.ts';

/** Mocha calls this before the first test: what is tested is what the sources say now. */
export async function mochaGlobalSetup(): Promise<void> {
  await buildAll();
}

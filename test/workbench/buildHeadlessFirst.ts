import { buildAll } from '../../scripts/build.ts';

/** Mocha calls this before the first unit test, of which some start the engine or the command line. */
export async function mochaGlobalSetup(): Promise<void> {
  await buildAll({ headless: true });
}

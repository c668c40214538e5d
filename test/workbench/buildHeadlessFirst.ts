import { buildKernel } from '../../scripts/kernel.ts';

/** Mocha calls this before the first unit test. */
export async function mochaGlobalSetup(): Promise<void> {
  await buildKernel();
}

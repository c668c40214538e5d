import { buildAll } from '../../scripts/build.ts';

// Tests that use the runtime directly, not through our own loading of it, leave nothing of its telemetry behind either.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

/** Mocha calls this before the first unit test, of which some start the engine or the command line. */
export async function mochaGlobalSetup(): Promise<void> {
  await buildAll({ headless: true });
}

import { createResultReporter } from '../workbench/resultReporter.ts';

/** VS Code calls this inside the extension host. The test files come from the environment. */
export async function run(): Promise<void> {
  // Mocha is an ES module, this file is bundled as CommonJS: so it is imported while running.
  const { default: Mocha } = await import('mocha');
  const grep = process.env['NORMSCOPE_TEST_GREP'];
  const mocha = new Mocha({
    reporter: createResultReporter(Mocha),
    timeout: 30_000,
    color: false,
    forbidOnly: true,
    forbidPending: true,
    ...(grep !== undefined && { grep }),
  });
  const files = JSON.parse(process.env['NORMSCOPE_TEST_FILES'] ?? '[]') as readonly string[];
  for (const file of files) mocha.addFile(file);
  await new Promise<void>((resolve, reject) => {
    mocha.run((failures) => {
      if (failures === 0) resolve();
      else reject(new Error(`${failures} tests failed`));
    });
  });
}

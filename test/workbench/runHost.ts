import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { buildAll, nodeBundle } from '../../scripts/build.ts';
import { prepareExampleWorkspace } from '../../scripts/exampleWorkspace.ts';
import { remoteUri, startServer, workbenchAddress } from '../../scripts/vscodeServer/start.ts';
import { launchBrowser } from './browser.ts';
import { readResultFile, resultFile } from './results.ts';
import { chosenTestFiles, root } from './testFiles.ts';

const timeLimit = Number(process.env['HOST_TIMEOUT'] ?? 600_000);

/** Bundles each test file for the extension host; `vscode` and mocha are found there. */
async function bundleTests(files: readonly string[]): Promise<string> {
  const folder = path.join(root, '.test-results/host-bundles');
  rmSync(folder, { recursive: true, force: true });
  await build({
    ...nodeBundle,
    entryPoints: ['test/host/run.ts', ...files],
    outbase: root,
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    external: [...(nodeBundle.external ?? []), 'mocha'],
  });
  return folder;
}

/** Prints what is written to a file, until the returned function is called. */
function relay(file: string): () => void {
  let seen = 0;
  const print = () => {
    const text = readFileSync(file);
    process.stdout.write(text.subarray(seen));
    seen = text.length;
  };
  const timer = setInterval(print, 200);
  return () => {
    clearInterval(timer);
    print();
  };
}

/** Runs the suite inside the extension host of a real VS Code; resolves when VS Code says it ended. */
async function runInHost(bundles: string, files: readonly string[], results: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'normscope-host-'));
  const workspace = path.join(folder, 'workspace');
  prepareExampleWorkspace(workspace);
  const output = path.join(folder, 'output.log');
  writeFileSync(output, '');
  const stopRelay = relay(output);
  const inBundles = (file: string) => path.join(bundles, file.replace(/\.ts$/, '.cjs'));
  const server = await startServer({
    folder,
    testDriver: true,
    environment: {
      NORMSCOPE_TEST_FILES: JSON.stringify(files.map(inBundles)),
      NORMSCOPE_TEST_ROOT: bundles,
      NORMSCOPE_TEST_OUTPUT: output,
      NORMSCOPE_TEST_RESULT: results,
    },
  });
  try {
    const browser = await launchBrowser();
    try {
      const { page } = browser;
      const ended = new Promise<void>((resolve) => {
        page.once('crash', () => resolve());
        page.once('close', () => resolve());
        void page.exposeFunction('codeAutomationExit', () => resolve());
      });
      await page.exposeFunction('codeAutomationLog', (type: string, values: unknown[]) => {
        if (process.env['VERBOSE'] !== undefined) console.log(`[${type}]`, ...values);
      });
      const address = workbenchAddress(server, workspace, [
        ['extensionDevelopmentPath', remoteUri(server, root)],
        ['extensionTestsPath', remoteUri(server, inBundles('test/host/run.ts'))],
        ['skipWelcome', 'true'],
      ]);
      await page.goto(address);
      await Promise.race([ended, delay(timeLimit, undefined, { ref: false })]);
    } finally {
      await browser.close();
    }
  } finally {
    stopRelay();
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

const files = chosenTestFiles('host');
const results = process.env['NORMSCOPE_TEST_RESULT'] ?? resultFile('host');
rmSync(results, { force: true });
await buildAll();
await runInHost(await bundleTests(files), files, results);
// VS Code reports success even when the extension host died half way: only this file counts.
if (!existsSync(results)) {
  console.error('The extension host ended before its tests did. VERBOSE=1 prints its log.');
  process.exit(1);
}
const { passed, failed } = readResultFile(results);
console.log(`extension host: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

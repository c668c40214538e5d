import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import type { BrowserContext, Route } from 'playwright-core';
import { browserBundle, buildAll } from '../../scripts/build.ts';
import { launchBrowser } from './browser.ts';
import { resultFile, writeResults } from './results.ts';
import { chosenTestFiles, root } from './testFiles.ts';
import type { PageEvent } from './webviewPage.ts';

/** Answered by the runner itself: nothing listens there, and no request leaves the browser. */
const origin = 'http://webview.test';
const bundles = '.test-results/webview-bundles';
const timeLimit = 180_000;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

async function bundleTests(files: readonly string[]): Promise<void> {
  rmSync(path.join(root, bundles), { recursive: true, force: true });
  await build({
    ...browserBundle,
    minify: false,
    sourcemap: 'inline',
    entryPoints: ['test/workbench/webviewPage.ts', ...files],
    outbase: root,
    outdir: bundles,
  });
}

/** The page of one test file, with the content security policy of a webview: no eval, no network. */
function pageOf(file: string): string {
  const script = (address: string) => `<script src="${address}"></script>`;
  const bundle = `${bundles}/${file.replace(/\.ts$/, '')}`;
  const styles = existsSync(path.join(root, `${bundle}.css`))
    ? `<link rel="stylesheet" href="/${bundle}.css">`
    : '';
  const policy =
    `default-src 'none'; script-src ${origin}; style-src ${origin} 'unsafe-inline'; ` +
    `img-src ${origin} data:; font-src ${origin}; connect-src ${origin}; worker-src blob: ${origin}`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${file}</title>
<meta http-equiv="Content-Security-Policy" content="${policy}">${styles}</head><body>
${script('/node_modules/mocha/mocha.js')}
${script(`/${bundles}/test/workbench/webviewPage.js`)}
${script(`/${bundle}.js`)}</body></html>`;
}

/** Serves the page of a test and, below it, files of the project's root such as dist/webview/main.css. */
async function answer(route: Route): Promise<void> {
  const { pathname } = new URL(route.request().url());
  const file = path.join(root, decodeURIComponent(pathname));
  if (pathname.endsWith('.test.html')) {
    const body = pageOf(pathname.slice(1).replace(/\.html$/, '.ts'));
    await route.fulfill({ body, contentType: 'text/html' });
  } else if (file.startsWith(root) && existsSync(file)) {
    const contentType = contentTypes[path.extname(file)] ?? 'application/octet-stream';
    await route.fulfill({ body: readFileSync(file), contentType });
  } else await route.fulfill({ status: 404 });
}

interface Count {
  passed: number;
  failed: number;
}

/** Runs one test file in a page of its own. */
async function runFile(context: BrowserContext, file: string): Promise<Count> {
  const count: Count = { passed: 0, failed: 0 };
  const fail = (title: string, message: string) => {
    count.failed++;
    console.log(`    ✘ ${title}\n${message.replaceAll(/^/gm, '        ')}`);
  };
  console.log(`\n  ${file}`);
  const page = await context.newPage();
  const ended = new Promise<void>((resolve) => {
    void page.exposeFunction('reportToRunner', (event: PageEvent) => {
      if (event.type === 'end') resolve();
      else if (event.type === 'fail') fail(event.title, event.message);
      else {
        count.passed++;
        console.log(`    ✔ ${event.title}`);
      }
    });
  });
  page.on('pageerror', (error) => fail('error outside of any test', error.stack ?? error.message));
  page.on('console', (message) => {
    if (process.env['VERBOSE'] !== undefined) console.log(`    [console] ${message.text()}`);
  });
  await page.goto(`${origin}/${file.replace(/\.ts$/, '.html')}`);
  const inTime = await Promise.race([
    ended.then(() => true),
    delay(timeLimit, false, { ref: false }),
  ]);
  if (!inTime) fail('time limit', `The tests did not end within ${timeLimit / 1000} s.`);
  await page.close();
  return count;
}

const files = chosenTestFiles('webview');
const results = process.env['NORMSCOPE_TEST_RESULT'] ?? resultFile('webview');
rmSync(results, { force: true });
await buildAll();
await bundleTests(files);
const browser = await launchBrowser();
const counts: (Count & { readonly file: string })[] = [];
try {
  await browser.context.route(`${origin}/**`, answer);
  for (const file of files) counts.push({ file, ...(await runFile(browser.context, file)) });
} finally {
  await browser.close();
}
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
const ran = counts.filter((count) => count.passed + count.failed > 0).map((count) => count.file);
writeResults(results, { passed, failed, files: ran });
console.log(`\nwebview: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

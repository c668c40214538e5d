import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { browserBundle } from '../../scripts/build.ts';
import { panelHtml } from '../../src/extension/panelHtml.ts';
import { launchBrowser } from './browser.ts';
import { root } from './testFiles.ts';

// Photographs the panel: every scene of test/webview/demo.ts in every theme and at two widths, into `shots/panel`.
// Words on the command line choose among the names of the pictures.

const origin = 'http://panel.test';
const demo = '.test-results/demo';
const folder = path.resolve(root, process.env['SHOTS'] ?? 'shots/panel');
const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
};

const scenes = [
  'training',
  'deep',
  'recent',
  'ended',
  'fit',
  'resnet-18',
  'resnet-18-open',
  'resnet-20',
  'depth-96',
  'nodes-1000',
  'nodes-1000-open',
  'nodes-10000',
  'names',
  'untrained',
  'stale',
  'lost',
  'empty',
  'shapes',
];
const themes = ['dark', 'light', 'hc-dark', 'hc-light'];
const sizes = [
  { width: 1400, height: 900 },
  { width: 700, height: 900 },
  { width: 480, height: 900 },
  // High enough for cards and table.
  { width: 1000, height: 1500 },
  { width: 1300, height: 2900 },
];

function page(): string {
  const nonce = 'demo';
  const html = panelHtml({
    assets: {
      script: `${origin}/${demo}/main.js`,
      style: `${origin}/${demo}/main.css`,
      layoutWorker: `${origin}/node_modules/elkjs/lib/elk-worker.min.js`,
    },
    cspSource: origin,
    nonce,
    title: 'Normscope',
    language: 'en',
  });
  return html.replace(
    '<script',
    `<script nonce="${nonce}" src="${origin}/${demo}/demo.js"></script>\n<script`,
  );
}

await build({
  ...browserBundle,
  entryPoints: { main: 'webview/main.ts', demo: 'test/webview/demo.ts' },
  outdir: demo,
});
mkdirSync(folder, { recursive: true });
const words = process.argv.slice(2);
const browser = await launchBrowser();
await browser.context.route(`${origin}/**`, async (route) => {
  const { pathname } = new URL(route.request().url());
  const file = path.join(root, pathname);
  if (pathname === '/') await route.fulfill({ body: page(), contentType: 'text/html' });
  else if (existsSync(file)) {
    const contentType = contentTypes[path.extname(file)] ?? 'application/octet-stream';
    await route.fulfill({ body: readFileSync(file), contentType });
  } else await route.fulfill({ status: 404 });
});
browser.page.on('console', (message) => console.log(`[console] ${message.text()}`));
browser.page.on('pageerror', (error) => console.log(`[error] ${error.message}`));
for (const scene of scenes) {
  for (const theme of themes) {
    for (const size of sizes) {
      const name = `${scene}-${theme}-${size.width}`;
      if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
      await browser.page.setViewportSize(size);
      await browser.page.goto(`${origin}/?scene=${scene}&theme=${theme}`);
      await browser.page.waitForTimeout(1200);
      if (scene === 'fit') await browser.page.locator('[data-action="fit"]').click();
      if (scene.endsWith('-open')) await browser.page.locator('[data-action="expandAll"]').click();
      if (scene === 'fit' || scene.endsWith('-open')) await browser.page.waitForTimeout(800);
      await browser.page.screenshot({ path: path.join(folder, `${name}.png`) });
      console.log(`${name}.png`);
    }
  }
}
await browser.close();

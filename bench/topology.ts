/**
 * `npx tsx bench/topology.ts`: how fast the picture is, in a real browser and with the page, the policy and the worker that the panel
 * has. Medians of several runs; the worker runs already, but for the cold start. Exit code 1 where a limit is missed.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { browserBundle } from '../scripts/build.ts';
import { toJson } from '../src/base/json.ts';
import { panelHtml } from '../src/extension/panelHtml.ts';
import { checkModel } from '../src/language/check/check.ts';
import { buildTopology } from '../src/topology/build.ts';
import type { Topology, TopologyResidual } from '../src/topology/topology.ts';
import { launchBrowser } from '../test/workbench/browser.ts';
import type { Measurement } from '../test/webview/measurement.ts';
import { gptTopology, layer, modelOf, residual } from '../test/webview/sampleModel.ts';
import { median } from './peer.ts';

const root = path.join(import.meta.dirname, '..');
const origin = 'http://panel.test';
const output = '.test-results/bench-topology';
const times = 5;
const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
};

await build({
  ...browserBundle,
  entryPoints: { main: 'webview/main.ts', bench: 'test/webview/topologyBench.ts' },
  outdir: output,
});
const html = panelHtml({
  assets: {
    script: `${origin}/${output}/main.js`,
    style: `${origin}/${output}/main.css`,
    layoutWorker: `${origin}/node_modules/elkjs/lib/elk-worker.min.js`,
  },
  cspSource: origin,
  nonce: 'bench',
  title: 'Normscope',
  language: 'en',
}).replace(
  '<script',
  `<script nonce="bench" src="${origin}/${output}/bench.js"></script>\n<script`,
);
const browser = await launchBrowser();
const { page } = browser;
await browser.context.route(`${origin}/**`, async (route) => {
  const { pathname } = new URL(route.request().url());
  const file = path.join(root, pathname);
  if (pathname === '/') await route.fulfill({ body: html, contentType: 'text/html' });
  else if (existsSync(file)) {
    const contentType = contentTypes[path.extname(file)] ?? 'application/octet-stream';
    await route.fulfill({ body: readFileSync(file), contentType });
  } else await route.fulfill({ status: 404 });
});
/** Opens the panel anew. */
async function open(): Promise<void> {
  await page.goto(`${origin}/`);
  await page.locator('.picture').waitFor({ state: 'attached' });
}

interface Wanted extends Omit<Measurement, 'message'> {
  readonly topology?: Topology;
}

async function timed({ topology, ...rest }: Wanted): Promise<number> {
  const message = topology && {
    ...{ type: 'hydrate', model: modelOf(topology), run: null, selection: null },
  };
  return page.evaluate<number>(
    `timed(${JSON.stringify({ ...rest, ...(message && { message }) })})`,
  );
}

let missed = 0;

function report(name: string, values: readonly number[], limit?: number): void {
  const value = median([...values]);
  const isMissed = limit !== undefined && value > limit;
  if (isMissed) missed++;
  const verdict = limit === undefined ? '' : ` of ${limit} ms ${isMissed ? '✘' : '✔'}`;
  console.log(
    `${name}: ${value.toFixed(0)} ms${verdict} (${values.map((one) => one.toFixed(0)).join(', ')})`,
  );
}

async function several(run: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < times; i++) values.push(await run());
  return values;
}

/** A thousand nodes in residuals, each of its own kind or all alike; `nested`: within others, which take a layout by elkjs. */
function thousandNodes(kind: 'different' | 'nested' | 'nestedDifferent'): Topology {
  const items: TopologyResidual[] = [];
  for (let count = 0; count < 1000;) {
    const i = items.length;
    const length = kind === 'nested' ? 6 : 1 + ((i * 7) % 11) + Math.floor(i / 11);
    const chain = Array.from({ length }, (_, k) => layer(`r${i}.${k}`, 'Linear', i, [64]));
    const inner = residual(`r${i}.inner`, i, chain);
    const branch = kind === 'different' ? chain : [inner, layer(`r${i}.last`, 'Linear', i, [64])];
    items.push(residual(`r${i}`, i, [layer(`r${i}.norm`, 'LayerNorm', i, [64]), ...branch]));
    count += length + (kind === 'different' ? 3 : 6);
  }
  return { name: 'thousand', items, links: [] };
}

/** The text of a GPT of this many blocks; six nodes of text each, twelve of the picture. */
function gptText(depth: number, activation: string): string {
  const text = readFileSync(path.join(root, 'examples/char-gpt.model.yaml'), 'utf8');
  return text.replace(/depth: \d+/, `depth: ${depth}`).replace('- GELU', `- ${activation}`);
}

function checked(text: string): { readonly topology: Topology; readonly milliseconds: number } {
  const start = performance.now();
  const topology = buildTopology(checkModel(text));
  toJson(topology);
  return { topology, milliseconds: performance.now() - start };
}

const small = gptTopology(1);
const [nestedItem] = thousandNodes('nested').items;
/** Starts the worker. */
const nestedOnce: Topology = { ...small, items: nestedItem ? [nestedItem] : [] };
const cold = await several(async () => {
  await open();
  return timed({ topology: small, nodes: '.norm', count: 3 });
});
report('first picture of a small model', cold);

const collapsed = await several(async () => {
  await open();
  return timed({ topology: gptTopology(833), nodes: '.group', count: 1 });
});
report('first paint of 10,000 nodes, collapsed', collapsed, 1000);

for (const [name, topology] of [
  ['all different', thousandNodes('different')],
  ['nested and alike', thousandNodes('nested')],
  ['nested and all different', thousandNodes('nestedDifferent')],
] as const) {
  const layout = await several(async () => {
    await open();
    await timed({ topology: nestedOnce, nodes: '.fork', count: 2 });
    await timed({ topology, nodes: '.residual', count: 20 });
    return timed({ click: 'expandAll', nodes: '.fork', count: 2 });
  });
  report(`layout of 1,000 nodes in residuals that are ${name}`, layout, 1000);
}

await open();
await timed({ topology: checked(gptText(41, 'GELU')).topology, nodes: '.group', count: 1 });
await timed({ click: 'expandAll', nodes: '.fork', count: 2 });
const edits = await several(async () => {
  // Every block is another: nothing of the layout before can be used again.
  const other = checked(gptText(41, 'GELU\n          - GELU'));
  const picture = await timed({
    topology: other.topology,
    nodes: '[data-path="blocks.0.mlp.3"]',
    count: 1,
  });
  const back = checked(gptText(41, 'GELU'));
  await timed({ topology: back.topology, nodes: '[data-path="blocks.0.mlp.2"]', count: 1 });
  return other.milliseconds + picture;
});
report('text edit to new picture at 500 nodes, all open', edits, 200);
await browser.close();
process.exitCode = missed > 0 ? 1 : 0;

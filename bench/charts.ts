/**
 * `npx tsx bench/charts.ts`: how fluid the charts are, in a real browser and with the page and the policy that the panel has: frames
 * with 24 live charts and more in sight, frames on a run of a million steps, and memory over opening and closing the panel. A frame is
 * the time from one animation frame to the next; beside it stands what the page's main thread computes for one (processor time: script,
 * style, layout, painting). Without a graphics card the browser paints in software. Options: --seconds N · --times N (panels opened).
 * Exit code 1 where a limit is missed.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { browserBundle, buildAll } from '../scripts/build.ts';
import { launchBrowser } from '../test/workbench/browser.ts';

/** Milliseconds between animation frames. */
interface Frames {
  readonly between: readonly number[];
}

interface Million extends Frames {
  /** Milliseconds until it was drawn. */
  readonly opened: number;
}

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    times: { type: 'string', default: '1000' },
  },
});
const seconds = Number(options.seconds);
const times = Number(options.times);
const longestFrame = 25;
/** What may be kept of a thousand panels, in bytes: less than one of them takes. */
const mostKept = 4 * 2 ** 20;

const root = path.join(import.meta.dirname, '..');
const origin = 'http://panel.test';
const output = '.test-results/bench-charts';
const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
};

await buildAll();
await build({
  ...browserBundle,
  entryPoints: { bench: 'test/webview/chartsBench.ts' },
  outdir: output,
});
const browser = await launchBrowser();
const { page } = browser;
await browser.context.route(`${origin}/**`, async (route) => {
  const { pathname } = new URL(route.request().url());
  const file = path.join(root, pathname);
  if (pathname === '/') {
    const body = `<!doctype html><title>bench</title><body><script src="/${output}/bench.js"></script>`;
    await route.fulfill({ body, contentType: 'text/html' });
  } else if (existsSync(file)) {
    const contentType = contentTypes[path.extname(file)] ?? 'application/octet-stream';
    await route.fulfill({ body: readFileSync(file), contentType });
  } else await route.fulfill({ status: 404 });
});
await page.setViewportSize({ width: 1400, height: 3000 });
await page.goto(`${origin}/`);

let missed = 0;

function verdict(value: number, limit: number): string {
  if (value <= limit) return '✔';
  missed++;
  return '✘';
}

function reportFrames(name: string, between: readonly number[]): void {
  const sorted = between.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  const [middle, high, most] = [at(0.5), at(0.95), at(1)].map((value) => value.toFixed(1));
  console.log(
    `${name}: p95 frame ${high} ms of ${longestFrame} ms ${verdict(at(0.95), longestFrame)} ` +
      `(median ${middle}, longest ${most}, ${between.length} frames)`,
  );
}

const session = await browser.context.newCDPSession(page);
await session.send('Performance.enable', { timeDomain: 'threadTicks' });

async function metric(wanted: string): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === wanted)?.value ?? NaN;
}

/** Seven blocks of two norms are the fewest with 24 charts; twelve are those of a small GPT. */
for (const blocks of [7, 12]) {
  const charts = await page.evaluate<number>(`chartsBench.openLive(${blocks})`);
  const busy = await metric('TaskDuration');
  const between = await page.evaluate<number[]>(`chartsBench.live(${seconds})`);
  const each = (1000 * ((await metric('TaskDuration')) - busy)) / between.length;
  reportFrames(`${charts} live charts, two steps a frame`, between);
  console.log(`  main thread: ${each.toFixed(1)} ms a frame`);
}

const million = await page.evaluate<Million>(`chartsBench.million(${seconds})`);
console.log(`a million steps: drawn after ${million.opened.toFixed(0)} ms`);
reportFrames('a million steps, zoomed and scrolled', million.between);

interface Held {
  readonly bytes: number;
  readonly documents: number;
}

async function held(): Promise<Held> {
  await session.send('HeapProfiler.collectGarbage');
  return { bytes: await metric('JSHeapUsedSize'), documents: await metric('Documents') };
}

async function openAndClose(count: number): Promise<void> {
  await page.evaluate(`chartsBench.openAndClose(${count})`);
}

// The first ones fill caches.
await openAndClose(20);
const before = await held();
for (let done = 0; done < times; done += 100) {
  await openAndClose(Math.min(100, times - done));
  const { bytes, documents } = await held();
  console.log(
    `  ${Math.min(times, done + 100)} panels: ${(bytes / 2 ** 20).toFixed(1)} MB, ${documents} documents`,
  );
}
const after = await held();
const kept = after.bytes - before.bytes;
console.log(
  `panel opened and closed ${times} times: ${(kept / 2 ** 20).toFixed(2)} MB more of at most ` +
    `${mostKept / 2 ** 20} MB ${verdict(kept, mostKept)}, ${after.documents - before.documents} documents more`,
);
await browser.close();
process.exit(missed === 0 ? 0 : 1);

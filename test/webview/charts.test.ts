import type { StepsEvent } from '../../src/protocol/engine.ts';
import { normColumns, normWidth, type NormColumn } from '../../src/statistics/taps.ts';
import { equal, near, ok } from './assert.ts';
import { closePanels, openPanel, settled, until, type PanelPage } from './panelPage.ts';
import { gptTopology, modelOf, runInfo, runOf, stepsOf } from './sampleModel.ts';

const topology = gptTopology(2);
const norms = runInfo(topology).norms;

/** One step in which norm `norm` has the given values. */
function stepWith(
  first: number,
  norm: number,
  values: Partial<Record<NormColumn, number>>,
): StepsEvent {
  const steps = stepsOf(norms.length, first, 1);
  for (const [i, column] of normColumns.entries()) {
    const value = values[column];
    if (value !== undefined) steps.norms[norm * normWidth + i] = value;
  }
  return steps;
}

async function show(page: PanelPage, taken = 60): Promise<void> {
  page.post({
    type: 'hydrate',
    model: modelOf(topology),
    run: runOf(topology, taken),
    selection: null,
  });
  await until(
    'charts and picture',
    () => page.all('.chart canvas').length > 0 && page.all('.node.norm').length > 0,
  );
  await settled();
}

function cellsOf(page: PanelPage, path: string): string[] {
  const row = page
    .all('.table tbody tr')
    .find((tr) => tr.querySelector('th')?.textContent.trim() === path);
  return [...(row?.querySelectorAll('td') ?? [])].map((cell) => cell.textContent.trim());
}

/** How many pixels of a canvas are closer to one colour than 40 of 255 in each part. */
function pixelsLike(
  canvas: HTMLCanvasElement,
  [r, g, b]: readonly [number, number, number],
): number {
  const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
    data: [],
  };
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(i, i + 4);
    if (
      alpha > 200 &&
      Math.abs(red - r) < 40 &&
      Math.abs(green - g) < 40 &&
      Math.abs(blue - b) < 40
    )
      count++;
  }
  return count;
}

/** The dark theme's colour of what comes out of a norm. */
const after = [0x37, 0x94, 0xff] as const;

function canvasOf(page: PanelPage, title: string): HTMLCanvasElement {
  const chart = page.all('.chart').find((figure) => figure.getAttribute('aria-label') === title);
  const canvas = chart?.querySelector('canvas');
  if (!canvas) throw new Error(`no chart ${title}`);
  return canvas;
}

describe('the numbers of a run in the panel', () => {
  afterEach(closePanels);

  it('a delta moves them in header, picture, cards and table', async () => {
    const page = await openPanel();
    await show(page);
    const path = 'blocks.0.mlp.norm';
    const index = norms.findIndex((norm) => norm.path === path);
    page.post({
      type: 'delta',
      steps: stepWith(60, index, {
        'in.mean': 0.5,
        'in.var': 12.3456,
        'out.mean': -0.25,
        'out.var': 0.875,
      }),
      status: { state: 'training', step: 61, stepsPerSecond: 31 },
      validation: { step: 61, loss: 2.345 },
    });
    await settled();
    const node = page.get(`.node.norm[data-path="${path}"]`);
    const live = (part: string) => node.querySelector(`[data-live="${part}"]`)?.textContent;
    equal(
      [live('in.mean'), live('in.var'), live('out.mean'), live('out.var')],
      ['0.50', '12.35', '−0.25', '0.88'],
      'picture',
    );
    ok(
      (node.querySelector('[role="treeitem"]')?.getAttribute('aria-label') ?? '').includes(
        'Variance before 12.35',
      ),
      'aria-label has the values',
    );
    equal(cellsOf(page, path), ['0.50', '12.35', '−0.25', '0.88'], 'table');
    page.get(`.card[data-norm="${path}"]`).scrollIntoView();
    await settled();
    const card = page
      .get(`.card[data-norm="${path}"] .numbers`)
      .textContent.replaceAll(/\s+/g, ' ');
    ok(card.includes('12.35') && card.includes('0.88'), `card: ${card}`);
    equal(page.get('[data-metric="step"] dd').textContent, '61 / 2,000', 'step');
    equal(page.get('[data-metric="validation"] dd').textContent, '2.345', 'validation');
    equal(page.get('[role="progressbar"]').getAttribute('aria-valuenow'), '3', 'progress');
    const spark = node.querySelector('[data-live="spark.in"]')?.getAttribute('d') ?? '';
    ok(spark.split('L').length > 20, 'sparkline is drawn');
    equal(page.violations, [], 'violations of the policy');
    equal(page.errors, [], 'errors');
  });

  it('are bounded however long the run is, and the charts stay fast', async function () {
    this.timeout(60_000);
    const page = await openPanel();
    await show(page, 10);
    const block = stepsOf(norms.length, 0, 10_000);
    const start = performance.now();
    for (let first = 10; first < 300_000; first += 10_000) {
      page.post({
        type: 'delta',
        steps: { ...block, first },
        status: { state: 'training', step: first + 10_000, stepsPerSecond: 900 },
      });
    }
    await until(
      'all steps are in',
      () => page.get('[data-metric="step"] dd').textContent.startsWith('300,010'),
      30_000,
    );
    await settled();
    const took = performance.now() - start;
    const frames: number[] = [];
    for (let i = 0; i < 20; i++) {
      const before = performance.now();
      page.post({ type: 'delta', steps: stepsOf(norms.length, 300_010 + i, 1) });
      await new Promise((resolve) =>
        page.window.requestAnimationFrame(() => page.window.requestAnimationFrame(resolve)),
      );
      frames.push(performance.now() - before);
    }
    frames.sort((a, b) => a - b);
    console.log(
      `300,000 steps taken in within ${took.toFixed(0)} ms; two frames with new data ${(frames[10] ?? NaN).toFixed(1)} ms`,
    );
    ok((frames[10] ?? NaN) < 250, 'frames');
    equal(page.errors, [], 'errors');
  });

  it('a single step is seen as a dot', async () => {
    const page = await openPanel();
    await show(page, 1);
    ok(pixelsLike(canvasOf(page, 'Loss'), [0x89, 0xd1, 0x85]) > 8, 'loss');
    ok(pixelsLike(canvasOf(page, 'Gradient norm'), [0xb1, 0x80, 0xd7]) > 8, 'gradient norm');
  });

  it('take the colours of the theme, and change with it', async () => {
    const page = await openPanel({ theme: 'dark' });
    await show(page, 400);
    ok(pixelsLike(canvasOf(page, 'Loss'), [0x89, 0xd1, 0x85]) > 100, 'green of the dark theme');
    page.setTheme('light');
    await settled();
    equal(
      pixelsLike(canvasOf(page, 'Loss'), [0x89, 0xd1, 0x85]),
      0,
      'green of the dark theme in the light one',
    );
    ok(pixelsLike(canvasOf(page, 'Loss'), [0x38, 0x8a, 0x34]) > 100, 'green of the light theme');
    const background = page.window.getComputedStyle(page.document.body).backgroundColor;
    equal(background, 'rgb(255, 255, 255)', 'background');
    page.setTheme('hc-dark');
    await settled();
    const border = page.window.getComputedStyle(
      page.get('.cards .card[aria-pressed="false"]'),
    ).borderTopColor;
    equal(border, 'rgb(111, 195, 223)', 'contrast border');
  });

  it('the selected norm is the one of the large charts', async () => {
    const page = await openPanel();
    await show(page);
    const select = page.get('.choice select') as HTMLSelectElement;
    equal(select.selectedIndex, 0, 'the first at first');
    page.post({ type: 'selection', path: 'blocks.1.mlp.norm' });
    await settled();
    equal(
      select.options[select.selectedIndex]?.text,
      'blocks.1.mlp.norm · LayerNorm',
      'selected in the editor',
    );
    equal(
      page.all('.card[aria-pressed="true"]').map((card) => card.dataset['norm']),
      ['blocks.1.mlp.norm'],
      'card',
    );
    equal(page.sent, [], 'sent');
    page.post({ type: 'selection', path: 'blocks.1.attention' });
    await settled();
    equal(
      select.options[select.selectedIndex]?.text,
      'blocks.1.attention.norm · LayerNorm',
      'the norm inside of a residual',
    );
    page.get('[data-action="next"]').click();
    equal(page.sent, [{ type: 'reveal', path: 'blocks.1.mlp.norm' }], 'next norm');
    page.get('.card[data-norm="norm"]').click();
    equal(page.sent[1], { type: 'reveal', path: 'norm' }, 'by card');
  });

  it('of several selected layers each has its charts, and all are marked', async () => {
    const page = await openPanel();
    await show(page);
    const compared = () =>
      page
        .all('.compared section:not([hidden])')
        .map((section) => section.getAttribute('aria-label'));
    equal(compared(), [], 'none at first');
    const also = ['blocks.1.attention', 'norm', 'head'];
    page.post({ type: 'selection', path: 'blocks.0.mlp.norm', also });
    await settled();
    equal(compared(), ['blocks.1.attention.norm · LayerNorm', 'norm · LayerNorm']);
    const marked = (selector: string) => page.all(selector).map((one) => one.textContent.trim());
    equal(
      marked('.card[aria-pressed="true"] .name').toSorted(),
      ['blocks.0.mlp.norm', 'blocks.1.attention.norm', 'norm'],
      'cards',
    );
    equal(marked('tr[aria-selected="true"] th'), ['blocks.0.mlp.norm', 'norm'], 'rows');
    page.get('.compared').scrollIntoView();
    const inked = (canvas: HTMLElement) => pixelsLike(canvas as HTMLCanvasElement, after) > 50;
    const canvases = () => page.all('.compared section:not([hidden]) canvas');
    await until('curves', () => canvases().length === 4 && canvases().every(inked));
    page.post({ type: 'selection', path: 'norm' });
    await settled();
    equal(compared(), [], 'one again');
  });

  it('the range around a curve is shaded', async () => {
    const page = await openPanel();
    await show(page);
    const canvas = canvasOf(page, 'Variance σ²');
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    // 0.18 of 255: with the lines alone, such pixels are at their edges only.
    let shaded = 0;
    for (let i = 3; i < data.length; i += 4) if (Math.abs(data[i]! - 46) <= 2) shaded++;
    ok(shaded > 0.05 * canvas.width * canvas.height, `${shaded} pixels`);
  });

  it('the legend says what the variance is', async () => {
    const page = await openPanel();
    await show(page);
    const text = page.get('.definition').textContent;
    ok(/biased variance, per token, averaged over tokens/i.test(text), text);
    const dashed = page.all('.chart[aria-label="Variance σ²"] .key .dashed');
    equal(dashed.length, 1, 'before is dashed');
  });

  it('the table can be copied with its full numbers', async () => {
    const page = await openPanel({ height: 1600 });
    await show(page);
    let copied = '';
    Object.defineProperty(page.window.navigator, 'clipboard', {
      value: {
        writeText: (text: string) => {
          copied = text;
          return Promise.resolve();
        },
      },
    });
    page.get('[data-action="copy"]').click();
    await until('said', () => page.get('.copied').textContent === 'Copied');
    const lines = copied.split('\n').map((line) => line.split('\t'));
    equal(lines.length, norms.length + 1, 'rows');
    equal(
      lines[0],
      ['Norm', 'Mean before', 'Variance before', 'Mean after', 'Variance after'],
      'head',
    );
    const expected =
      stepsOf(norms.length, 0, 60).norms[(59 * norms.length + 1) * normWidth + 1] ?? NaN;
    near(
      Number(lines[2]?.[2]),
      expected,
      Math.abs(expected) * 1e-6,
      'variance before of the second norm',
    );
    ok(page.get('.table details').hasAttribute('open'), 'copying does not close the table');
  });

  it('a logarithmic axis is remembered', async () => {
    const page = await openPanel();
    await show(page);
    const toggle = page.get('.chart[aria-label="Gradient norm"] .toggle');
    toggle.click();
    equal(toggle.getAttribute('aria-pressed'), 'true', 'pressed');
    const again = await openPanel({ saved: page.saved() });
    await show(again);
    const remembered = again.get('.chart[aria-label="Gradient norm"] .toggle');
    equal(remembered.getAttribute('aria-pressed'), 'true', 'after a reload');
    equal(again.errors, [], 'errors');
  });

  it('a non-finite value is a gap, not a fault', async () => {
    const page = await openPanel();
    await show(page);
    page.post({
      type: 'delta',
      steps: stepWith(60, 0, { 'in.var': NaN, 'in.mean': Infinity, 'out.var': 0 }),
    });
    const steps = stepsOf(norms.length, 61, 1);
    steps.loss[0] = NaN;
    page.post({ type: 'delta', steps });
    await settled();
    equal(page.get('[data-metric="loss"] dd').textContent, '–', 'loss');
    equal(page.errors, [], 'errors');
  });

  it('stand below the topology where the panel is narrow, beside it where it is wide', async () => {
    const page = await openPanel({ width: 1200 });
    await show(page);
    const place = (selector: string) => page.get(selector).getBoundingClientRect();
    near(place('.topology').top, place('.charts').top, 1, 'side by side');
    page.resize(640, 900);
    await settled();
    ok(place('.charts').top >= place('.topology').bottom - 1, 'stacked');
    ok(page.document.documentElement.scrollWidth <= 640, 'no sideways scrolling');
    near(
      canvasOf(page, 'Loss').getBoundingClientRect().width,
      640 - 32,
      20,
      'chart takes the width',
    );
  });

  it('going on from a checkpoint replaces the steps after it', async () => {
    const page = await openPanel();
    await show(page, 60);
    page.post({
      type: 'run',
      run: runOf(topology, 40, { status: { state: 'paused', step: 40, stepsPerSecond: 0 } }),
    });
    await settled();
    equal(page.get('[data-metric="step"] dd').textContent, '40 / 2,000', 'step');
    ok(page.get('.table summary').textContent.includes('step 39'), 'table');
  });
});

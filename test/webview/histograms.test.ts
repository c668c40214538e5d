import { histogramOf } from '../../src/statistics/histogram.ts';
import { histogramData } from '../../webview/charts/histogramData.ts';
import { axisWidth, tickTexts, usualAxisWidth } from '../../webview/charts/ticks.ts';
import { equal, near, ok } from './assert.ts';
import { closePanels, openPanel, settled, until, type PanelPage } from './panelPage.ts';
import { sampleHistogram } from './sampleHistogram.ts';
import { gptTopology, modelOf, runOf } from './sampleModel.ts';

const topology = gptTopology(2);

async function show(page: PanelPage, run = runOf(topology, 60)): Promise<void> {
  page.post({ type: 'hydrate', model: modelOf(topology), run, selection: 'norm' });
  await until('charts', () => page.all('.chart canvas').length > 3);
  await settled();
}

function note(page: PanelPage): string {
  return page.get('.histograms > p').textContent.trim();
}

describe('histograms in the panel', () => {
  afterEach(closePanels);

  it('are asked for only while they are in sight, and of the shown norm', async () => {
    const page = await openPanel({ width: 1200, height: 500 });
    await show(page);
    equal(page.watched, [], 'not seen');
    page.get('.histograms').scrollIntoView();
    await until('asked', () => page.watched.length > 0);
    equal(page.watched, ['norm']);
    page.post({ type: 'selection', path: 'blocks.0.mlp.norm' });
    await until('asked again', () => page.watched.length > 1);
    page.get('.training').scrollIntoView();
    await until('no more', () => page.watched.length > 2);
    equal(page.watched, ['norm', 'blocks.0.mlp.norm', null]);
  });

  it('show what the engine tells of the shown norm, with bins under the cursor', async () => {
    const page = await openPanel({ width: 1200, height: 900 });
    await show(page);
    page.get('.histograms').scrollIntoView();
    await settled();
    equal(note(page), 'The values are being counted…');
    page.post({ type: 'delta', histogram: sampleHistogram('blocks.0.mlp.norm', 60) });
    await settled();
    equal(note(page), 'The values are being counted…', 'of another norm');
    page.post({ type: 'delta', histogram: sampleHistogram('norm', 60) });
    await until('counted', () => note(page).startsWith('Shares of 98,304 values'));
    ok(note(page).includes('step 60'), note(page));
    const figure = page.get('.chart[aria-label="Values after"]');
    await until('drawn', () => figure.querySelector('canvas') !== null);
    const over = figure.querySelector<HTMLElement>('.u-over');
    const box = over?.getBoundingClientRect();
    if (!over || !box) throw new Error('nothing is drawn');
    const place = { clientX: box.left + box.width / 2, clientY: box.top + 20 };
    over.dispatchEvent(new MouseEvent('mousemove', { bubbles: true, ...place }));
    await settled();
    const at = figure.querySelector('.at')?.textContent ?? '';
    ok(/^−?\d.* to −?\d/.test(at), `bin ${at}`);
    const [share = 0, gaussian = 0] = [...figure.querySelectorAll('.value')].map((value) =>
      Number(value.textContent),
    );
    ok(share > 0.03 && Math.abs(share - gaussian) < 0.01, `${share} beside ${gaussian}`);
    equal(page.errors, [], 'errors');
    equal(page.violations, [], 'violations of the policy');
  });

  it('say what to do where no engine can tell them', async () => {
    const page = await openPanel({ width: 1200, height: 900 });
    const status = { state: 'ended', step: 60, stepsPerSecond: 30 } as const;
    await show(page, runOf(topology, 60, { status }));
    page.get('.histograms').scrollIntoView();
    await settled();
    ok(note(page).includes('train or resume the run'), note(page));
    equal(page.get('.histograms > .pair').hidden, true);
  });
});

describe('the numbers of a histogram and of axes', () => {
  it('shares add up to one but for what is outside; a Gaussian has its density times the width', () => {
    const data = new Float32Array(1000).map((_, i) => Math.sin(i));
    const histogram = histogramOf(data);
    const { curves, positions } = histogramData(histogram);
    near(curves[0]?.values.reduce((a, b) => a + b, 0) ?? 0, 1, 1e-12);
    const { low, high, mean, var: variance } = histogram;
    const [x = 0, expected = 0] = [positions[30], curves[1]?.values[30]];
    near(x, low + ((high - low) * 30.5) / 64, 1e-12);
    const density = Math.exp(-((x - mean) ** 2) / 2 / variance) / Math.sqrt(2 * Math.PI * variance);
    near(expected, (density * (high - low)) / 64, 1e-12);
  });

  it('ticks have the figures that tell them apart', () => {
    equal(tickTexts([0, 0.5, 1]), ['0', '0.5', '1']);
    equal(tickTexts([0.009998, 0.009999, 0.01]), ['0.009998', '0.009999', '0.01']);
    equal(tickTexts([-2e-5, 0, 2e-5]), ['−2e−5', '0', '2e−5']);
    equal(tickTexts([100000, 100001, 100002]), ['1e5', '1.00001e5', '1.00002e5']);
    equal(tickTexts([1e-4, null, 1, 1e4]), ['1e−4', '', '1', '10000']);
  });

  it('an axis grows where its texts need it', () => {
    equal(axisWidth(['0', '0.5']), usualAxisWidth);
    ok(axisWidth(['0.009998']) > usualAxisWidth, 'wider');
    equal(axisWidth(null), usualAxisWidth);
  });
});

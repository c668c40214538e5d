import { nearestMeasurement, withMeasurement } from '../../src/statistics/series/measurements.ts';
import { channelData } from '../../webview/charts/chartData.ts';
import { equal, near, ok } from './assert.ts';
import { closePanels, openPanel, settled, until, type PanelPage } from './panelPage.ts';
import { sampleChannels, sampleHistogram } from './sampleHistogram.ts';
import { gptTopology, layer, modelOf, runOf, streamOf } from './sampleModel.ts';

const topology = gptTopology(2);
const residuals = ['blocks.0.attention', 'blocks.0.mlp', 'blocks.1.attention', 'blocks.1.mlp'];
const ended = { state: 'ended', step: 60, stepsPerSecond: 30 } as const;

async function show(page: PanelPage, run = runOf(topology, 60), model = topology): Promise<void> {
  page.post({ type: 'hydrate', model: modelOf(model), run, selection: 'norm' });
  await until('charts', () => page.all('.chart canvas').length > 3);
  await settled();
}

function textOf(page: PanelPage, selector: string): string {
  return page.get(selector).textContent.trim();
}

function chart(page: PanelPage, title: string): HTMLElement {
  return page.get(`.chart[aria-label="${title}"]`);
}

function values(figure: HTMLElement): string[] {
  return [...figure.querySelectorAll('.value')].map((value) => value.textContent);
}

/** Moves the mouse to the middle of a chart. */
function pointAt(figure: HTMLElement): void {
  const over = figure.querySelector<HTMLElement>('.u-over');
  const box = over?.getBoundingClientRect();
  if (!over || !box) throw new Error('nothing is drawn');
  const place = { clientX: box.left + box.width / 2 + 2, clientY: box.top + 20 };
  over.dispatchEvent(new MouseEvent('mousemove', { bubbles: true, ...place }));
}

describe('signal propagation in the panel', () => {
  afterEach(closePanels);

  it('follows the slider to what was measured nearest to its step', async () => {
    const page = await openPanel({ width: 1200, height: 1000 });
    const streams = [streamOf(topology, 10), streamOf(topology, 40)];
    await show(page, runOf(topology, 60, { streams }));
    page.get('.signal').scrollIntoView();
    await until('drawn', () => page.all('.signal canvas').length === 1);
    await settled();
    ok(textOf(page, '.signal p').includes('first batch of step 40'), 'the newest');
    const newest = values(page.get('.signal'));
    page.post({ type: 'delta', stream: streamOf(topology, 60) });
    await until('newer', () => textOf(page, '.signal p').includes('step 60'));
    const slider = page.get('.stepChoice input') as HTMLInputElement;
    slider.value = '20';
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await until('at a step', () => textOf(page, '.signal p').includes('step 10'));
    await settled();
    ok(values(page.get('.signal'))[1] !== newest[1], 'other values');
    pointAt(page.get('.signal'));
    await settled();
    ok(residuals.includes(textOf(page, '.signal .at')), 'named by its path');
    equal(page.errors, [], 'errors');
    equal(page.violations, [], 'violations of the policy');
  });

  it('has the residuals in its table, with the numbers of the engine', async () => {
    const page = await openPanel({ width: 1200, height: 1000 });
    await show(page);
    page.get('.signal').scrollIntoView();
    await settled();
    page.get('.signal .menuButton').click();
    page.get('.signal [data-action="table"]').click();
    await settled();
    const rows = page
      .all('.signal .twin tbody tr')
      .map((row) =>
        [...row.children].map((cell) => cell.getAttribute('title') ?? cell.textContent),
      );
    equal(
      rows.map(([path]) => path),
      residuals,
    );
    const { signal } = streamOf(topology, 60).points[2]!;
    const expected = [signal.squaredMean, signal.variance, signal.branchVariance];
    equal(
      rows[2]
        ?.slice(1)
        .map(Number)
        .map((x) => x.toFixed(6)),
      expected.map((x) => x.toFixed(6)),
    );
  });

  it('says what to do where it is not known, and is not there without residuals', async () => {
    const page = await openPanel({ width: 1200, height: 1000 });
    await show(page, runOf(topology, 60, { status: ended, streams: [] }));
    ok(textOf(page, '.signal p').includes('train or resume the run'), textOf(page, '.signal p'));
    equal(chart(page, 'Signal propagation').hidden, true);
    const items = [0, 1, 2].map((i) => layer(`norm${i}`, 'LayerNorm', 3 + i, [8]));
    const plain = { name: 'plain', items, links: [] };
    await show(page, runOf(plain, 60, { streams: [] }), plain);
    equal(page.get('.signal').hidden, true);
  });
});

describe('channels of a norm in the panel', () => {
  afterEach(closePanels);

  it('stand beside the running statistics, and tell how far these are off', async () => {
    const page = await openPanel({ width: 1200, height: 1000 });
    await show(page);
    page.get('.histograms').scrollIntoView();
    const channels = sampleChannels(16);
    page.post({ type: 'delta', histogram: { ...sampleHistogram('norm', 60), channels } });
    await until('drawn', () => page.all('.channels canvas').length === 2);
    await settled();
    const note = textOf(page, '.channels p');
    const { mean = NaN, variance = NaN } = channels.running?.distance ?? {};
    const [means, variances] = [/off by ([\d.]+)/, /factor of ([\d.]+)\./].map((pattern) =>
      Number(pattern.exec(note)?.[1]),
    );
    near(means ?? NaN, mean, 0.006);
    near(variances ?? NaN, variance, 0.006);
    const figure = chart(page, 'µ by channel');
    pointAt(figure);
    await settled();
    const at = Number(/^channel (\d+)$/.exec(figure.querySelector('.at')?.textContent ?? '')?.[1]);
    const shown = values(figure).map((text) => Number(text.replace('−', '-')));
    const expected = channelData(channels, 'mean').curves.map((curve) => curve.values[at] ?? NaN);
    ok(
      expected.every(
        (value, i) => Math.abs(value - (shown[i] ?? NaN)) < 0.005 * (1 + Math.abs(value)),
      ),
      `${shown.join()} for ${expected.join()}`,
    );
    page.post({ type: 'delta', histogram: sampleHistogram('norm', 61) });
    await until('gone', () => page.get('.channels').hidden === true);
    equal(page.errors, [], 'errors');
  });
});

describe('measurements of a run', () => {
  it('are bounded, ascend, and give way when a run goes back', () => {
    let kept: readonly { readonly step: number }[] = [];
    for (let step = 0; step < 5000; step += 3) kept = withMeasurement(kept, { step });
    ok(kept.length <= 256 && kept.length > 100, String(kept.length));
    equal(kept.at(-1)?.step, 4998);
    ok(
      kept.every(({ step }, i) => i === 0 || step > (kept[i - 1]?.step ?? 0)),
      'ascending',
    );
    equal(withMeasurement(kept, { step: 7 }).at(-1), { step: 7 });
    equal(withMeasurement([{ step: 7 }], { step: 7 }), [{ step: 7 }]);
  });

  it('the nearest to a step', () => {
    const all = [{ step: 3 }, { step: 10 }, { step: 20 }];
    equal(
      [0, 6, 7, 14, 99].map((step) => nearestMeasurement(all, step)?.step),
      [3, 3, 10, 10, 20],
    );
    equal(nearestMeasurement(all)?.step, 20);
    equal(nearestMeasurement(all.slice(3), 4), undefined);
  });
});

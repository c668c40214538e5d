import { RunSeries } from '../../src/statistics/series/runSeries.ts';
import { normWidth } from '../../src/statistics/taps.ts';
import { accuracyData, depthData } from '../../webview/charts/chartData.ts';
import { colorAt, meanScale, varianceScale } from '../../webview/charts/colorScale.ts';
import { epochStride } from '../../webview/charts/epochMarks.ts';
import { smoothed } from '../../webview/charts/smooth.ts';
import { csvOf, tableOf, thinned } from '../../webview/charts/tableData.ts';
import { equal, near, ok } from './assert.ts';
import { closePanels, openPanel, settled, until, type PanelPage } from './panelPage.ts';
import { sampleChannels, sampleHistogram } from './sampleHistogram.ts';
import { gptTopology, modelOf, runOf, scoredRunOf, stepsOf } from './sampleModel.ts';

const topology = gptTopology(2);

async function show(page: PanelPage, run = runOf(topology, 60)): Promise<void> {
  page.post({ type: 'hydrate', model: modelOf(topology), run, selection: null });
  await until('charts', () => page.all('.chart canvas').length > 3);
  page.get('.heatMap').scrollIntoView();
  await until('the map', () => page.all('.heatMap canvas').length > 0);
  await settled();
}

function chart(page: PanelPage, title: string): HTMLElement {
  const found = page.all('.chart').find((one) => one.getAttribute('aria-label') === title);
  if (!found) throw new Error(`no chart ${title}`);
  return found;
}

function choose(figure: HTMLElement, action: string): void {
  figure.querySelector<HTMLElement>('.menuButton')?.click();
  figure.querySelector<HTMLElement>(`[data-action="${action}"]`)?.click();
}

describe('the statistics of a run', () => {
  afterEach(closePanels);

  it('a cell of the map, pressed, selects its norm and shows the norms at its step', async () => {
    const page = await openPanel({ width: 1200, height: 1000 });
    await show(page);
    const over = page.get('.heatMap .u-over');
    for (const type of ['mousemove', 'mousedown', 'mouseup', 'click']) {
      // The third of five norms, in the middle of sixty steps; what is above may still be growing.
      const box = over.getBoundingClientRect();
      const place = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
      over.dispatchEvent(new MouseEvent(type, { bubbles: true, ...place }));
      await settled();
    }
    const legend = page.get('.heatMap .at').textContent;
    ok(/blocks\.1\.attention\.norm · step (29|30)$/.test(legend), legend);
    equal(page.sent, [{ type: 'reveal', path: 'blocks.1.attention.norm' }], 'sent');
    const step = page.get('.stepChoice output').textContent;
    ok(/^step (29|30)$/.test(step), step);
    page.post({ type: 'delta', steps: stepsOf(5, 60, 10) });
    await settled();
    equal(page.get('.stepChoice output').textContent, step, 'stays while the run goes on');
    page.get('.stepChoice .toggle').click();
    await settled();
    equal(page.get('.stepChoice output').textContent, 'step 69', 'the newest again');
    equal(page.errors, [], 'errors');
    equal(page.violations, [], 'violations of the policy');
  });

  it('the map is painted in the colours of its values', async () => {
    const page = await openPanel({ width: 1200, height: 1000 });
    await show(page);
    const canvas = page.get('.heatMap canvas') as HTMLCanvasElement;
    const colorAt = (x: number, y: number) => {
      const { width, height } = canvas;
      const context = canvas.getContext('2d');
      return [...(context?.getImageData(x * width, y * height, 1, 1).data ?? [])];
    };
    // The first norm has the smallest variance before it, the last one the largest.
    const [first, last] = [colorAt(0.5, 0.08), colorAt(0.5, 0.7)];
    ok((first[2] ?? 0) > (first[1] ?? 0), `violet: ${first.join()}`);
    ok((last[1] ?? 0) > (last[2] ?? 0), `yellow: ${last.join()}`);
    const select = page.get('.heatMap select') as HTMLSelectElement;
    select.selectedIndex = 2;
    select.dispatchEvent(new Event('change', { bubbles: true }));
    await settled();
    ok(page.get('.heatMap .entry').textContent.includes('−'), 'means have two signs');
    equal((page.saved() as { heatColumn?: string }).heatColumn, 'in.mean', 'remembered');
  });

  it('every chart has a table and files', async () => {
    const page = await openPanel({ width: 1200, height: 1000 });
    await show(page);
    const histogram = { ...sampleHistogram('norm', 60), channels: sampleChannels(8) };
    page.post({ type: 'delta', histogram });
    page.post({ type: 'selection', path: 'norm' });
    await settled();
    equal(page.all('.chart').length, 13, 'charts');
    for (const figure of page.all('.chart')) {
      const title = figure.getAttribute('aria-label') ?? '';
      figure.scrollIntoView();
      await settled();
      choose(figure, 'table');
      await settled();
      ok(figure.querySelectorAll('.twin tbody tr').length >= 4, `rows of ${title}`);
      choose(figure, 'save-csv');
      const csv = page.sent.pop();
      ok(csv?.type === 'save' && csv.content.split('\r\n').length > 5, `CSV of ${title}`);
      choose(figure, 'save-png');
      const png = page.sent.pop();
      ok(png?.type === 'save' && png.encoding === 'base64', `PNG of ${title}`);
      const image = new Image();
      image.src = `data:image/png;base64,${png.content}`;
      await image.decode();
      ok(image.width > 200 && image.height > 100, 'a picture');
    }
    const loss = chart(page, 'Loss');
    const firsts = () =>
      [...loss.querySelectorAll('.twin tbody th')].map((cell) => Number(cell.textContent));
    equal(firsts()[0], 0, 'as the steps come');
    const sort = (column: number) => loss.querySelectorAll<HTMLElement>('.sort')[column]?.click();
    sort(0);
    sort(0);
    equal(firsts()[0], 59, 'descending when the head was pressed twice');
    sort(1);
    const heads = [...loss.querySelectorAll('.twin thead th')];
    equal(
      heads.slice(0, 2).map((head) => head.getAttribute('aria-sort')),
      ['none', 'ascending'],
    );
    const losses = [...loss.querySelectorAll('.twin tbody tr td:nth-child(2)')].map((cell) =>
      Number(cell.getAttribute('title')),
    );
    equal(
      losses,
      losses.toSorted((a, b) => a - b),
      'by the loss',
    );
    equal(page.errors, [], 'errors');
  });

  it('accuracy has a chart where a run has it, and only there', async () => {
    const page = await openPanel({ width: 1200, height: 1000 });
    await show(page);
    equal(page.all('.chart[aria-label="Accuracy"]').length, 0, 'without');
    page.post({ type: 'run', run: scoredRunOf(topology, 400) });
    await until('with', () => page.all('.chart[aria-label="Accuracy"]').length === 1);
    chart(page, 'Accuracy').scrollIntoView();
    await until('drawn', () => page.all('.chart[aria-label="Accuracy"] canvas').length === 1);
    await settled();
    const values = [...chart(page, 'Accuracy').querySelectorAll('.value')].map((value) =>
      Number(value.textContent),
    );
    ok(values.length === 2 && values.every((value) => value > 0.5 && value <= 1), values.join());
  });

  it('smoothing is remembered and draws again', async () => {
    const page = await openPanel({ width: 1200, height: 1000 });
    await show(page);
    chart(page, 'Loss').scrollIntoView();
    await settled();
    const before = chart(page, 'Loss').querySelector('.value')?.textContent;
    const slider = page.get('.smoothing input') as HTMLInputElement;
    slider.value = '0.9';
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await settled();
    equal((page.saved() as { smoothing?: number }).smoothing, 0.9, 'remembered');
    ok(chart(page, 'Loss').querySelector('.value')?.textContent !== before, 'another value');
  });
});

describe('the numbers behind the charts', () => {
  it('a moving average begins at the first value and passes over gaps', () => {
    equal(smoothed([1, 2], 0), [1, 2]);
    const [first = NaN, gap = 0, third = NaN] = smoothed([4, NaN, 1], 0.5);
    near(first, 4, 1e-12);
    ok(Number.isNaN(gap), 'a gap');
    // Weights 1/4 and 1/2 of 3/4.
    near(third, 2, 1e-12);
  });

  it('colours: ends of the scale, the middle of means, none for what is no number', () => {
    const variance = varianceScale(Float64Array.of(0.01, 1, 100, NaN, 0));
    equal([variance.low, variance.high], [0.01, 100]);
    equal(variance.at(0.01), 0);
    near(variance.at(1), 0.5, 1e-12, 'the middle by the logarithm');
    equal(variance.at(100), 1);
    ok(Number.isNaN(variance.at(NaN)), 'none');
    const mean = meanScale(Float64Array.of(-1, 3));
    equal([mean.low, mean.high], [-3, 3]);
    equal(
      [-3, 0, 3].map((value) => mean.at(value)),
      [0, 0.5, 1],
    );
    equal(
      [0, 0.5, 1].map((at) => colorAt(mean.colors, at)),
      [0, 2, 4].map((i) => mean.colors[i]),
    );
  });

  it('files have every figure and quote what must be quoted', () => {
    const curve = { values: [0.123456789123, NaN], low: [0, 1], high: [2, 3] };
    const table = tableOf({ positions: [0, 1], curves: [curve] }, 'Step', ['a, "b"']);
    equal(csvOf(table).split('\r\n'), [
      'Step,"a, ""b""","a, ""b"", minimum","a, ""b"", maximum"',
      '0,0.123456789,0,2',
      '1,,1,3',
      '',
    ]);
    const rows = Array.from({ length: 1001 }, (_, i) => [i]);
    const few = thinned({ columns: ['x'], rows }, 200).rows;
    ok(few.length <= 200 && few.at(-1)?.[0] === 1000, 'thinned with the last');
  });

  it('epochs are marked every one, two, five or ten, never too close', () => {
    equal([100, 64, 40, 13, 6.5, 0.064].map(epochStride), [1, 1, 2, 5, 10, 1000]);
    equal(epochStride(0), Infinity);
  });

  it('norms at a step are those of its bucket', () => {
    const series = new RunSeries(3, 8);
    const steps = stepsOf(3, 0, 40);
    const width = 3 * normWidth;
    for (let step = 0; step < 40; step++) {
      steps.norms.fill(step, step * width, (step + 1) * width);
    }
    series.append(steps);
    equal(series.stride, 8, 'steps per bucket');
    equal(series.normsAt(17, 'in.var'), [19.5, 19.5, 19.5], 'mean of 16 to 23');
    equal(depthData(series, 'var', 17).curves[0]?.values, [19.5, 19.5, 19.5], 'at a step');
    equal(depthData(series, 'var').curves[0]?.values, [39, 39, 39], 'the newest');
    ok(series.normsAt(40, 'in.var').every(Number.isNaN), 'nothing after the last');
  });

  it('accuracy survives the way through a snapshot', () => {
    const run = scoredRunOf(topology, 100);
    const series = new RunSeries(5, 16);
    for (const batch of run.history) series.append(batch);
    const copy = new RunSeries(5, 16);
    for (const batch of series.snapshot()) copy.append(batch);
    equal(copy.scalar('accuracy'), series.scalar('accuracy'));
    equal(copy.latestScalar('accuracy'), series.latestScalar('accuracy'));
    const { curves, positions } = accuracyData(series, [{ step: 50, loss: 1, accuracy: 0.5 }]);
    equal(curves[1]?.values[positions.indexOf(50)], 0.5, 'a validation at its step');
  });
});

import { RunSeries } from '../../src/statistics/series/runSeries.ts';
import { palettes } from '../../webview/charts/palettes.ts';
import { StepPlayer } from '../../webview/charts/stepPlayer.ts';
import { equal, ok } from './assert.ts';
import { closePanels, openPanel, settled, until, type PanelPage } from './panelPage.ts';
import { gptTopology, modelOf, runOf, stepsOf } from './sampleModel.ts';

const topology = gptTopology(2);

async function show(page: PanelPage, taken: number): Promise<void> {
  const run = runOf(topology, taken);
  page.post({ type: 'hydrate', model: modelOf(topology), run, selection: null });
  await until('charts', () => page.all('.chart canvas').length > 3);
  await settled();
}

function shownStep(page: PanelPage): number {
  return Number(page.get('.stepChoice output').textContent.replaceAll(/\D/g, ''));
}

function press(page: PanelPage): void {
  page.get('[data-action="play-steps"]').click();
}

describe('the steps that charts show', () => {
  afterEach(closePanels);

  it('are played from the first to the newest, pause, and go on', async () => {
    const page = await openPanel({ width: 1200, height: 900, saved: { playSpeed: 4 } });
    await show(page, 300);
    page.get('.stepChoice').scrollIntoView();
    await settled();
    equal(shownStep(page), 299, 'the newest');
    press(page);
    await until('plays', () => shownStep(page) > 2 && shownStep(page) < 200);
    equal(page.get('[data-action="play-steps"]').getAttribute('aria-label'), 'Pause');
    press(page);
    const paused = shownStep(page);
    await settled();
    equal(shownStep(page), paused, 'paused');
    const slider = page.get('.stepChoice input');
    slider.dispatchEvent(new KeyboardEvent('keydown', { key: ' ', bubbles: true }));
    await until('goes on by the space bar', () => shownStep(page) > paused);
    await until(
      'comes to its end',
      () => page.all('.stepChoice .toggle[aria-pressed="true"]').length > 0,
    );
    equal(shownStep(page), 299);
    equal(page.errors, [], 'errors');
  });

  it('are the recent ones where these are wanted, one by one, and that is remembered', async () => {
    const page = await openPanel({ width: 1200, height: 900 });
    await show(page, 6100);
    page.get('[data-action="recent"]').click();
    await settled();
    equal((page.saved() as { recent?: boolean }).recent, true, 'remembered');
    const figure = page.get('.chart[aria-label="Loss"]');
    figure.querySelector<HTMLElement>('.menuButton')?.click();
    figure.querySelector<HTMLElement>('[data-action="save-csv"]')?.click();
    const csv = page.sent.find((message) => message.type === 'save');
    const steps = (csv?.content.trim().split('\r\n').slice(1) ?? []).map((line) => parseInt(line));
    equal([steps[0], steps.at(-1), steps.length], [5076, 6099, 1024]);
    page.post({ type: 'delta', steps: stepsOf(5, 6100, 3) });
    await settled();
    page.get('[data-action="recent"]').click();
    await settled();
    equal((page.saved() as { recent?: boolean }).recent, false);
    equal(page.errors, [], 'errors');
  });

  it('have one cursor over all charts of steps, the map among them', async () => {
    const page = await openPanel({ width: 1200, height: 1000 });
    await show(page, 60);
    page.get('.heatMap').scrollIntoView();
    await until('the map', () => page.all('.heatMap .u-over').length > 0);
    const over = page.get('.chart[aria-label="Loss"] .u-over');
    const box = over.getBoundingClientRect();
    const place = { clientX: box.left + box.width / 2, clientY: box.top + 20 };
    over.dispatchEvent(new MouseEvent('mousemove', { bubbles: true, ...place }));
    await settled();
    for (const title of ['Loss', 'Gradient norm', 'Learning rate', 'Mean µ', 'Variance σ²']) {
      const at = page.get(`.chart[aria-label="${title}"] .at`).textContent;
      ok(/^step (29|30)$/.test(at), `${title}: ${at}`);
    }
    ok(page.get('.heatMap .u-cursor-x').style.transform !== '', 'in the map');
    equal(
      page.get('.chart[aria-label="Variance σ² by depth"] .at').textContent,
      '',
      'not over depth',
    );
  });
});

describe('parts of the charts of steps', () => {
  it('a player goes through every entry in order at its speed', async () => {
    const entries: number[] = [];
    await new Promise<void>((resolve) => {
      const player = new StepPlayer((entry) => entries.push(entry), resolve);
      player.speed = 4;
      player.play(3, 8);
      ok(player.isPlaying, 'plays');
    });
    equal(entries, [4, 5, 6, 7]);
  });

  it('the map of high contrast goes from the background to the foreground; each palette is ordered by lightness', () => {
    const lightness = ([r, g, b]: readonly [number, number, number]) =>
      0.2126 * r + 0.7152 * g + 0.0722 * b;
    const classesOf = (...names: string[]) => {
      const element = document.createElement('div');
      element.classList.add(...names);
      return element.classList;
    };
    for (const [isLight, ...names] of [
      [false, 'vscode-dark'],
      [true, 'vscode-light'],
      [false, 'vscode-high-contrast'],
      [true, 'vscode-high-contrast', 'vscode-high-contrast-light'],
    ] as const) {
      const { sequential, diverging } = palettes(classesOf(...names));
      const order = sequential.map(lightness);
      const expected = order.toSorted((a, b) => (isLight ? b - a : a - b));
      equal(order, expected, names.join());
      const [middle = 0] = diverging.slice(2, 3).map(lightness);
      ok(isLight ? middle > 200 : middle < 60, 'nought is next to the background');
    }
    equal(palettes(classesOf('vscode-high-contrast')).sequential[0], [0, 0, 0]);
  });

  it('a series gives its recent steps to another one', () => {
    const series = new RunSeries(2, 64);
    series.append(stepsOf(2, 0, 3000));
    equal([series.recent.steps()[0], series.recent.steps().at(-1)], [1976, 2999]);
    const copy = new RunSeries(2, 64);
    for (const batch of series.snapshot()) copy.append(batch);
    equal(copy.recent.scalar('loss'), series.recent.scalar('loss'));
    equal(copy.recent.norm(1, 'out.var'), series.recent.norm(1, 'out.var'));
    equal(copy.scalar('loss'), series.scalar('loss'), 'and nothing is counted twice');
  });
});

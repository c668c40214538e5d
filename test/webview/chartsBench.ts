import { RunSeries } from '../../src/statistics/series/runSeries.ts';
import type { HistogramEvent, StepsEvent } from '../../src/protocol/engine.ts';
import type { ViewRun } from '../../src/protocol/view.ts';
import { closePanels, openPanel, settled, until, type PanelPage } from './panelPage.ts';
import { sampleHistogram } from './sampleHistogram.ts';
import { gptTopology, modelOf, runInfo, runOf, stepsOf } from './sampleModel.ts';

// What bench/charts.ts measures, in the page.

declare global {
  interface Window {
    chartsBench: typeof chartsBench;
  }
}

/** Twelve blocks of two norms, and the last norm. */
const topology = gptTopology(12);
const norms = runInfo(topology).norms.length;
/** High enough that every chart and every card is seen, and so drawn. */
const size = { width: 1400, height: 3000 };

async function open(run: ViewRun, shown = topology): Promise<PanelPage> {
  const page = await openPanel(size);
  page.post({ type: 'hydrate', model: modelOf(shown), run, selection: 'norm' });
  await until('charts', () => page.all('.chart canvas').length > 3, 60_000);
  return page;
}

/** Milliseconds between animation frames, while `work` is done in each of them. */
async function frames(seconds: number, work: (frame: number) => void): Promise<number[]> {
  const between: number[] = [];
  const start = performance.now();
  let last = start;
  await new Promise<void>((resolve) => {
    const next = (): void => {
      const now = performance.now();
      between.push(now - last);
      last = now;
      if (now - start > 1000 * seconds) {
        resolve();
        return;
      }
      work(between.length);
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  // Before the first, nothing was measured.
  return between.slice(1);
}

function press(over: Element, type: string, share: number): void {
  const box = over.getBoundingClientRect();
  const place = { clientX: box.left + share * box.width, clientY: box.top + box.height / 2 };
  over.dispatchEvent(new MouseEvent(type, { bubbles: true, ...place }));
}

/** Shapes of what charts are drawn into. */
const drawings = 'figure.chart .plot, .cards .card';

interface Live {
  readonly page: PanelPage;
  readonly batches: readonly StepsEvent[];
  readonly histograms: readonly HistogramEvent[];
}

let live: Live | undefined;

const chartsBench = {
  /** Opens a panel of so many blocks of two norms on a run under way; the number of charts that are seen. */
  async openLive(depth: number): Promise<number> {
    const topology = gptTopology(depth);
    const norms = runInfo(topology).norms.length;
    const page = await open(runOf(topology, 1000), topology);
    // What comes is made before: only drawing it is measured.
    const batches = Array.from({ length: 200 }, (_, i) => stepsOf(norms, 1000 + 2 * i, 2));
    const histograms = Array.from({ length: 8 }, (_, i) => sampleHistogram('norm', 1000 + i));
    live = { page, batches, histograms };
    page.post({ type: 'delta', histogram: sampleHistogram('norm', 999) });
    await until('histograms', () => page.all('.histograms .pair[hidden]').length === 0);
    await settled();
    return page.all(drawings).filter((chart) => chart.clientWidth > 0).length;
  },

  /** Milliseconds between frames while two steps come in each of them, and histograms twice a second. */
  async live(seconds: number): Promise<number[]> {
    if (!live) throw new Error('No panel is open.');
    const { page, batches, histograms } = live;
    const between = await frames(seconds, (frame) => {
      const steps = batches[frame % batches.length];
      const first = 1000 + 2 * frame;
      if (steps) page.post({ type: 'delta', steps: { ...steps, first } });
      const histogram = histograms[(frame / 30) % histograms.length];
      if (histogram) page.post({ type: 'delta', histogram: { ...histogram, step: first } });
    });
    closePanels();
    return between;
  },

  /** A run of a million steps: time until it is drawn, then frames while it is zoomed, reset and scrolled. */
  async million(seconds: number) {
    const series = new RunSeries(norms);
    const block = stepsOf(norms, 0, 2000);
    for (let first = 0; first < 1_000_000; first += 2000) series.append({ ...block, first });
    const start = performance.now();
    const history = series.snapshot();
    const page = await open({ ...runOf(topology, 0), history });
    const opened = performance.now() - start;
    const over = page.get('.chart[aria-label="Loss"] .u-over');
    const body = page.get('.chartsBody');
    const between = await frames(seconds, (frame) => {
      const turn = frame % 40;
      if (turn === 0) press(over, 'mousedown', 0.2);
      else if (turn < 20) press(over, 'mousemove', 0.2 + turn / 40);
      else if (turn === 20) press(over, 'mouseup', 0.7);
      else if (turn < 38) press(over, 'mousemove', turn / 40);
      else if (turn === 38) press(over, 'dblclick', 0.5);
      body.scrollTop = 40 * (turn % 20);
    });
    closePanels();
    return { between, opened };
  },

  /** Opens and closes the panel so many times. */
  async openAndClose(times: number) {
    for (let i = 0; i < times; i++) {
      await open(runOf(topology, 100));
      closePanels();
    }
  },
};

window.chartsBench = chartsBench;

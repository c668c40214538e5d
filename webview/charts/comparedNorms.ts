import type { PanelRun, PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import type { Chart } from './chart.ts';
import { normData } from './chartData.ts';
import type { Curve } from './curves.ts';
import { makeChart } from './makeChart.ts';
import { withGhost, type ShownSteps } from './trainingSection.ts';

interface Pair {
  readonly element: HTMLElement;
  readonly title: HTMLElement;
  readonly mean: Chart;
  readonly variance: Chart;
}

/** Further norms that are selected: mean and variance of each over the steps, one below the other with a common cursor. */
export class ComparedNorms {
  readonly element = document.createElement('div');
  private readonly store: PanelStore;
  private readonly curves: readonly Curve[];
  /** As many as were ever shown together; those that are not needed are hidden, and so not drawn. */
  private readonly pairs: Pair[] = [];
  private norms: readonly number[] = [];

  constructor(store: PanelStore, curves: readonly Curve[]) {
    this.store = store;
    this.curves = curves;
    this.element.className = 'compared';
  }

  get charts(): readonly Chart[] {
    return this.pairs.flatMap(({ mean, variance }) => [mean, variance]);
  }

  /** Shows other norms, by their places in the run's list. */
  show(run: PanelRun, norms: readonly number[]): void {
    this.norms = norms;
    while (this.pairs.length < norms.length) this.pairs.push(this.pair());
    for (const [i, { element, title }] of this.pairs.entries()) {
      const norm = run.info.norms[norms[i] ?? -1];
      element.hidden = norm === undefined;
      title.textContent = norm === undefined ? '' : `${norm.path} · ${norm.type}`;
      element.setAttribute('aria-label', title.textContent);
    }
  }

  draw(steps: ShownSteps): void {
    for (const [i, norm] of this.norms.entries()) {
      const pair = this.pairs[i];
      pair?.mean.setData(...withGhost(steps, (series) => normData(series, norm, 'mean')));
      pair?.variance.setData(...withGhost(steps, (series) => normData(series, norm, 'var')));
    }
  }

  private pair(): Pair {
    const common = { height: 140, curves: this.curves };
    const place = this.pairs.length + 2;
    const mean = makeChart(this.store, {
      ...common,
      name: `mean-${place}`,
      title: texts.mean,
      canBeLogarithmic: false,
    });
    const variance = makeChart(this.store, {
      ...common,
      name: `variance-${place}`,
      title: texts.variance,
    });
    const element = document.createElement('section');
    const title = document.createElement('h3');
    const charts = document.createElement('div');
    charts.className = 'pair wide';
    charts.append(mean.element, variance.element);
    element.append(title, charts);
    this.element.append(element);
    return { element, title, mean, variance };
  }
}

import { html, type TemplateResult } from 'lit-html';
import { throttle } from '../frames.ts';
import type { PanelRun, PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import type { Chart } from './chart.ts';
import type { ChartAxis } from './chartAxis.ts';
import { depthData } from './chartData.ts';
import { heatColumns, HeatMap } from './heatMap.ts';
import { makeChart, saveFromChart } from './makeChart.ts';
import { beforeAndAfter } from './normSection.ts';
import { SignalChart } from './signalChart.ts';
import { StepChoice } from './stepChoice.ts';

/** A map of all norms and steps is a lot to draw, and changes little from one step to the next. */
const mapEvery = 1000;

/** All norms at once: mean and variance over the depth at a step, how the signal comes through the residuals, and the map of norms and steps. */
export class DepthSection {
  private readonly store: PanelStore;
  private readonly mean: Chart;
  private readonly variance: Chart;
  private readonly signal: SignalChart;
  private readonly stepChoice: StepChoice;
  private readonly heatMap: HeatMap;
  private readonly mapSoon: () => void;

  constructor(store: PanelStore) {
    this.store = store;
    const common = { height: 160, curves: beforeAndAfter, axis: this.axis() };
    this.mean = makeChart(store, {
      ...common,
      name: 'depth-mean',
      title: texts.meanByDepth,
      canBeLogarithmic: false,
    });
    this.variance = makeChart(store, { ...common, name: 'depth', title: texts.varianceByDepth });
    this.signal = new SignalChart(store);
    this.stepChoice = new StepChoice(store, () => {
      if (!store.run) return;
      this.draw(store.run);
      this.heatMap.mark(this.stepChoice.step);
    });
    this.heatMap = new HeatMap({
      column: heatColumns.find((column) => column === store.state.heatColumn) ?? heatColumns[0],
      onColumn: (heatColumn) => store.remember({ heatColumn }),
      onChoose: (step, norm) => {
        const path = store.run?.info.norms[norm]?.path;
        if (path !== undefined) store.select(path);
        this.stepChoice.choose(step);
      },
      onSave: (name, content, encoding) => saveFromChart(store, name, content, encoding),
    });
    this.mapSoon = throttle(() => {
      const { run } = store;
      if (run) this.heatMap.setData(run.series, run.info.norms, this.stepChoice.step);
    }, mapEvery);
  }

  get charts(): readonly Chart[] {
    return [this.mean, this.variance, this.signal.chart];
  }

  template(): TemplateResult {
    return html`<section class="section">
        <div class="pair wide">${this.mean.element}${this.variance.element}</div>
        ${this.signal.element} ${this.stepChoice.element}
      </section>
      <section class="section">${this.heatMap.element}</section>`;
  }

  /** Draws the profile and the choice of the step; the map follows now and then. */
  draw(run: PanelRun): void {
    const { step } = this.stepChoice;
    this.stepChoice.draw(run.series);
    this.mean.setData(depthData(run.series, 'mean', step));
    this.variance.setData(depthData(run.series, 'var', step));
    this.signal.draw(run, step, this.store.model?.topology);
  }

  drawMapSoon(): void {
    this.mapSoon();
  }

  restyle(): void {
    this.heatMap.restyle();
  }

  private axis(): ChartAxis {
    const pathOf = (norm: number) => this.store.run?.info.norms[norm]?.path ?? '';
    return {
      name: 'depth',
      position: texts.norm,
      ticks: (norms) => norms.map((norm) => (Number.isInteger(norm) ? String(norm + 1) : '')),
      describe: pathOf,
      cell: pathOf,
    };
  }
}

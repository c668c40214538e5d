import { html, nothing, type TemplateResult } from 'lit-html';
import type { RunSeries } from '../../src/statistics/series/runSeries.ts';
import type { SeriesColumns } from '../../src/statistics/series/steps.ts';
import type { PanelRun, PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import type { Chart } from './chart.ts';
import { accuracyData, gradientData, lossData, rateData } from './chartData.ts';
import type { ChartData } from './curves.ts';
import { makeChart } from './makeChart.ts';

/** The steps that charts show, and the whole run for behind them while these are the recent ones only. */
export interface ShownSteps {
  readonly series: SeriesColumns;
  readonly whole: RunSeries | undefined;
}

/** What a chart of steps shows, and its ghost. */
export function withGhost(
  { series, whole }: ShownSteps,
  dataOf: (columns: SeriesColumns) => ChartData,
): [ChartData, { readonly ghost: ChartData | undefined }] {
  return [dataOf(series), { ghost: whole && dataOf(whole) }];
}

/** Loss, accuracy, gradient norm and learning rate over the steps. */
export class TrainingSection {
  private readonly loss: Chart;
  private readonly accuracy: Chart;
  private readonly gradient: Chart;
  private readonly rate: Chart;

  constructor(store: PanelStore) {
    const curves = [
      { label: texts.trainingLoss, color: 'loss' },
      { label: texts.validationLoss, color: 'validation', form: 'dots' },
    ] as const;
    this.loss = makeChart(store, { name: 'loss', title: texts.loss, height: 200, curves });
    this.accuracy = makeChart(store, {
      name: 'accuracy',
      title: texts.accuracy,
      height: 160,
      curves,
      canBeLogarithmic: false,
    });
    this.gradient = makeChart(store, {
      name: 'gradient',
      title: texts.gradientNorm,
      height: 140,
      curves: [{ label: texts.gradientNorm, color: 'gradient' }],
    });
    this.rate = makeChart(store, {
      name: 'rate',
      title: texts.learningRate,
      height: 140,
      curves: [{ label: texts.learningRate, color: 'rate' }],
    });
  }

  get charts(): readonly Chart[] {
    return [this.loss, this.accuracy, this.gradient, this.rate];
  }

  template(isScored: boolean): TemplateResult {
    return html`<section class="section training">
      ${this.loss.element} ${isScored ? this.accuracy.element : nothing}
      <div class="pair">${this.gradient.element}${this.rate.element}</div>
    </section>`;
  }

  draw({ info, validations }: PanelRun, shown: ShownSteps, smoothing: number): void {
    const { stepsPerEpoch } = info;
    const [loss, extras] = withGhost(shown, (steps) => lossData(steps, validations, smoothing));
    this.loss.setData(loss, { ...extras, stepsPerEpoch });
    if (this.accuracy.element.isConnected) {
      const [data, more] = withGhost(shown, (steps) => accuracyData(steps, validations, smoothing));
      this.accuracy.setData(data, { ...more, stepsPerEpoch });
    }
    this.gradient.setData(...withGhost(shown, (steps) => gradientData(steps, smoothing)));
    this.rate.setData(...withGhost(shown, rateData));
  }
}

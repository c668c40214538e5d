import { render } from 'lit-html';
import { nearestMeasurement } from '../../src/statistics/series/measurements.ts';
import type { Topology, TopologyItem } from '../../src/topology/topology.ts';
import { childrenOf } from '../../src/topology/topology.ts';
import { formatCount } from '../format.ts';
import { canStillMeasure, type PanelRun, type PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import type { Chart } from './chart.ts';
import { signalData } from './chartData.ts';
import type { Curve } from './curves.ts';
import { makeChart } from './makeChart.ts';

const curves: readonly Curve[] = [
  { label: texts.channelMeanSquared, color: 'gradient', form: 'dots' },
  { label: texts.channelVariance, color: 'loss' },
  { label: texts.branchVariance, color: 'rate', form: 'dashed' },
];

/**
 * Signal propagation along the residuals (Brock, De and Smith 2021) at the measurement nearest to a step: the stream is measured now
 * and then, not at every step.
 */
export class SignalChart {
  readonly element = document.createElement('div');
  readonly chart: Chart;
  private readonly note = document.createElement('p');
  private paths: readonly string[] = [];

  constructor(store: PanelStore) {
    const pathOf = (place: number) => this.paths[place] ?? '';
    this.chart = makeChart(store, {
      name: 'signal',
      title: texts.signalPropagation,
      height: 160,
      curves,
      axis: {
        name: 'residuals',
        position: texts.residual,
        ticks: (places) => places.map((at) => (Number.isInteger(at) ? String(at + 1) : '')),
        describe: pathOf,
        cell: pathOf,
      },
    });
    this.element.className = 'signal';
    this.note.className = 'definition';
    this.element.append(this.chart.element, this.note);
  }

  /** Hidden for a model without residuals. */
  draw(run: PanelRun, step: number | undefined, topology: Topology | undefined): void {
    const measured = nearestMeasurement(run.streams, step);
    const isKnown = measured !== undefined && measured.points.length > 0;
    this.element.hidden = !isKnown && !(topology?.items ?? []).some(hasResidual);
    this.chart.element.hidden = !isKnown;
    this.note.classList.toggle('emptyNote', !isKnown);
    if (!isKnown) {
      render(canStillMeasure(run) ? texts.signalWaits : texts.noSignal, this.note);
      return;
    }
    this.paths = measured.points.map(({ path }) => path);
    this.chart.setData(signalData(measured.points));
    render(texts.signalOf(formatCount(measured.step)), this.note);
  }
}

/** Whether there is a sum of skip and branch in it. */
function hasResidual(item: TopologyItem): boolean {
  return (
    (item.kind === 'residual' && item.shortcut !== 'none') || childrenOf(item).some(hasResidual)
  );
}

import { html, render } from 'lit-html';
import type { HistogramEvent } from '../../src/protocol/engine.ts';
import type { Histogram } from '../../src/statistics/histogram.ts';
import { formatCount, formatNumber } from '../format.ts';
import { canStillMeasure, type PanelRun, type PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { ChannelPair } from './channelPair.ts';
import type { Chart } from './chart.ts';
import { countOf, histogramData } from './histogramData.ts';
import { makeChart } from './makeChart.ts';
import { tickTexts } from './ticks.ts';

/** How the values before and after the shown norm are spread, over all and over its channels. Asks for them only while it is in sight: they cost the engine time. */
export class HistogramPair {
  readonly element = document.createElement('div');
  private readonly note = document.createElement('p');
  private readonly pair = document.createElement('div');
  private readonly store: PanelStore;
  private readonly before: Chart;
  private readonly after: Chart;
  private readonly channels: ChannelPair;
  private isSeen = false;
  private norm: string | null = null;
  private asked: string | null = null;
  private shown: HistogramEvent | undefined;
  private widths = { before: 1, after: 1 };

  constructor(store: PanelStore) {
    this.store = store;
    this.before = this.chart('before', texts.histogramBefore);
    this.after = this.chart('after', texts.histogramAfter);
    this.channels = new ChannelPair(store);
    this.element.className = 'histograms';
    this.pair.className = 'pair wide';
    this.note.className = 'definition';
    this.pair.append(this.before.element, this.after.element);
    this.element.append(this.channels.element, this.pair, this.note);
    new IntersectionObserver((entries) => {
      this.isSeen = entries.some((entry) => entry.isIntersecting);
      this.ask();
    }).observe(this.element);
  }

  get charts(): readonly Chart[] {
    return [...this.channels.charts, this.before, this.after];
  }

  /** Shows the values of another norm; null for none. Of another run nothing is known yet. */
  show(norm: string | null, isNewRun: boolean): void {
    if (isNewRun) this.asked = null;
    if (norm === this.norm && !isNewRun) return;
    this.norm = norm;
    this.ask();
  }

  draw(run: PanelRun): void {
    const { histogram } = run;
    const current = histogram?.norm === this.norm ? histogram : undefined;
    this.pair.hidden = current === undefined;
    if (current) {
      if (current !== this.shown) this.take(current);
      return;
    }
    this.channels.draw(undefined, 0);
    render(canStillMeasure(run) ? texts.histogramWaits : texts.noHistogram, this.note);
    this.note.classList.toggle('emptyNote', true);
  }

  private take(histogram: HistogramEvent): void {
    this.shown = histogram;
    const { before, after, step } = histogram;
    const widthOf = ({ low, high, counts }: Histogram) => (high - low) / counts.length;
    this.widths = { before: widthOf(before), after: widthOf(after) };
    this.channels.draw(histogram.channels, step);
    this.before.setData(histogramData(before));
    this.after.setData(histogramData(after));
    this.note.classList.toggle('emptyNote', false);
    const outside = before.below + before.above + after.below + after.above;
    render(
      html`${texts.histogramOf(formatCount(countOf(before)), formatCount(step))}
      ${outside > 0 ? texts.outside(formatCount(outside)) : ''}`,
      this.note,
    );
  }

  private ask(): void {
    const wanted = this.isSeen ? this.norm : null;
    if (wanted === this.asked) return;
    this.asked = wanted;
    this.store.send({ type: 'watchHistogram', norm: wanted });
  }

  private chart(place: 'before' | 'after', title: string): Chart {
    return makeChart(this.store, {
      name: `histogram-${place}`,
      title,
      height: 140,
      curves: [
        { label: texts.shareOfValues, color: place, form: 'bars' },
        { label: texts.gaussian, color: 'axis', form: 'dashed' },
      ],
      axis: {
        name: `histogram-${place}`,
        position: texts.value,
        ticks: tickTexts,
        describe: (middle) => {
          const half = this.widths[place] / 2;
          return texts.bin(formatNumber(middle - half), formatNumber(middle + half));
        },
        isBinned: true,
      },
    });
  }
}

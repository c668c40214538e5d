import { render } from 'lit-html';
import type { ChannelReport } from '../../src/protocol/engine.ts';
import { formatCount, formatNumber } from '../format.ts';
import type { PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import type { Chart } from './chart.ts';
import { channelData } from './chartData.ts';
import type { Curve } from './curves.ts';
import { makeChart } from './makeChart.ts';

const curves: readonly Curve[] = [
  { label: texts.before, color: 'before', form: 'bars' },
  { label: texts.running, color: 'gradient', form: 'dots' },
  { label: texts.after, color: 'after' },
];

/** Mean and variance of each channel around a norm over channels, in one batch, beside the running statistics that it keeps. */
export class ChannelPair {
  readonly element = document.createElement('div');
  private readonly note = document.createElement('p');
  private readonly mean: Chart;
  private readonly variance: Chart;

  constructor(store: PanelStore) {
    this.mean = chart(store, 'mean', texts.meanByChannel);
    this.variance = chart(store, 'var', texts.varianceByChannel);
    const pair = document.createElement('div');
    pair.className = 'pair wide';
    pair.append(this.mean.element, this.variance.element);
    this.note.className = 'definition';
    this.element.className = 'channels';
    this.element.append(pair, this.note);
  }

  get charts(): readonly Chart[] {
    return [this.mean, this.variance];
  }

  /** Undefined for a norm that has no channels: then there is nothing to see. */
  draw(channels: ChannelReport | undefined, step: number): void {
    this.element.hidden = channels === undefined;
    if (!channels) return;
    this.mean.setData(channelData(channels, 'mean'));
    this.variance.setData(channelData(channels, 'var'));
    const { running } = channels;
    const batch = formatCount(step);
    const note = running
      ? texts.runningDistance(
          batch,
          formatNumber(running.distance.mean),
          formatNumber(running.distance.variance),
        )
      : texts.channelsOf(batch);
    render(note, this.note);
  }
}

function chart(store: PanelStore, quantity: 'mean' | 'var', title: string): Chart {
  const nameOf = (channel: number) => texts.channel(formatCount(channel));
  return makeChart(store, {
    name: `channels-${quantity}`,
    title,
    height: 140,
    curves,
    canBeLogarithmic: quantity === 'var',
    axis: {
      name: 'channels',
      position: texts.channelAxis,
      ticks: (channels) => channels.map((at) => (Number.isInteger(at) ? formatCount(at) : '')),
      describe: nameOf,
      isBinned: true,
    },
  });
}

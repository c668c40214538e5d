import * as l10n from '@vscode/l10n';
import type { TapInfo } from '../protocol/debug.ts';
import type { TensorStatistics } from '../statistics/definitions.ts';
import { formatShort } from './format.ts';
import type { LayerMap } from './layerMap.ts';
import type { Frame, StepRecord } from './record.ts';

/** What is written at the end of a line of the model file. */
export interface InlineText {
  /** From 1. */
  readonly line: number;
  readonly path: string;
  readonly text: string;
}

/**
 * What to write at each layer's line while the debugger stands at `frame`: mean and variance before and after in the forward
 * pass, gradient norms in the backward pass, the update's size beside the weight's in the update. Of the instances of a line
 * (a Repeat, a define used twice) the one nearest to the frame is shown.
 */
export function inlineTexts(
  record: StepRecord,
  layers: LayerMap,
  frame: Frame,
  first: number,
  last: number,
): readonly InlineText[] {
  return layers.linesBetween(first, last).flatMap((line) => {
    const paths = layers.at(line).map(({ path }) => path);
    const written = paths.flatMap((path) => {
      const text = textOf(record, path, frame);
      return text === undefined ? [] : [{ line, path, text }];
    });
    const near = (path: string): number => commonLength(path, frame.path ?? '');
    const [nearest] = written.sort((a, b) => near(b.path) - near(a.path));
    return nearest === undefined ? [] : [nearest];
  });
}

function textOf(record: StepRecord, path: string, { phase }: Frame): string | undefined {
  if (path === 'loss') return `loss ${formatShort(record.info.loss)}`;
  switch (phase) {
    case 'forward':
    case 'loss':
      return forwardText(record, path);
    case 'backward':
      return backwardText(record, path) ?? forwardText(record, path);
    case 'update':
      return updateText(record, path);
  }
}

function forwardText(record: StepRecord, path: string): string | undefined {
  const [skip, branch, sum] = ['skip', 'branch', 'sum'].map((tap) => record.tap(`${path}.${tap}`));
  if (skip && branch && sum) {
    return `skip ${variance(skip)} + branch ${variance(branch)} → sum ${variance(sum)}`;
  }
  const input = record.tap(`${path}.in`);
  const output = record.tap(`${path}.out`);
  if (output === undefined) return undefined;
  const channels = channelText(record, path);
  if (channels !== undefined) return channels;
  const isReal = input?.dtype.startsWith('float') === true;
  const before = isReal ? `${input.tap} ${moments(input)} → ` : '';
  return `${before}${output.tap} ${moments(output)}`;
}

/** Of a norm over channels: averages over the channels, and between which values these lie. */
function channelText(record: StepRecord, path: string): string | undefined {
  const places = ['in', 'out'].flatMap((place) => {
    const mean = record.tap(`${path}.mean:${place}`);
    const variances = record.tap(`${path}.var:${place}`);
    return mean && variances ? [`${place} µ ${spread(mean)} σ² ${spread(variances)}`] : [];
  });
  return places.length === 0 ? undefined : places.join(' → ');
}

/** `0.2 [-1 … 3]`; without the range where all channels have the same to the eye. */
function spread({ statistics: { mean, min, max } }: TapInfo): string {
  const isOne = max - min <= 1e-3 * Math.max(Math.abs(min), Math.abs(max));
  return isOne
    ? formatShort(mean)
    : `${formatShort(mean)} [${formatShort(min)} … ${formatShort(max)}]`;
}

/** A mean below a thousandth of the standard deviation is 0 to the eye. */
function moments(tap: TapInfo): string {
  const { mean, var: spread } = tap.statistics;
  const isZero = Math.abs(mean) < 1e-3 * Math.sqrt(spread);
  return `µ ${isZero ? '0' : formatShort(mean)} ${variance(tap)}`;
}

function variance({ statistics }: TapInfo): string {
  const { var: spread, nonFinite } = statistics;
  const text = `σ² ${formatShort(spread)}`;
  return nonFinite > 0 ? l10n.t('{0} ({1} non-finite)', text, nonFinite) : text;
}

function backwardText(record: StepRecord, path: string): string | undefined {
  const shown = [...['out', 'sum'], ...['in', 'skip']].flatMap((name) => {
    const tap = record.tap(`${path}.grad:${name}`);
    return tap === undefined ? [] : [`∂${name} ${formatShort(normOf(tap.statistics))}`];
  });
  const parameters = record.tapsOf(path).flatMap(({ tap, statistics }) => {
    const name = /^grad:param:(.*)$/.exec(tap)?.[1];
    return name === undefined ? [] : [`∂${name} ${formatShort(normOf(statistics))}`];
  });
  const texts = [...shown, ...parameters];
  return texts.length === 0 ? undefined : texts.join(' │ ');
}

function updateText(record: StepRecord, path: string): string | undefined {
  const texts = record.tapsOf(path).flatMap(({ tap, statistics }) => {
    const name = /^update:(.*)$/.exec(tap)?.[1];
    const weight = name === undefined ? undefined : record.tap(`${path}.param:${name}`);
    if (name === undefined || weight === undefined) return [];
    const ratio = Math.log10(Math.sqrt(statistics.var / weight.statistics.var));
    const gradient = record.tap(`${path}.grad:param:${name}`);
    const norm = gradient === undefined ? '' : `∂ ${formatShort(normOf(gradient.statistics))} │ `;
    const shown = Number.isFinite(ratio)
      ? `u/w ${ratio.toFixed(1)}`
      : `u ${formatShort(Math.sqrt(statistics.var))}`;
    return [`${name} ${norm}${shown}`];
  });
  return texts.length === 0 ? undefined : texts.join('   ');
}

/** 2-norm of a tensor from its mean and biased variance. */
function normOf({ count, mean, var: variance }: TensorStatistics): number {
  return Math.sqrt(count * (variance + mean * mean));
}

/** How many leading names two paths share. */
function commonLength(a: string, b: string): number {
  const theirs = b.split('.');
  const different = a.split('.').findIndex((name, at) => name !== theirs[at]);
  return different === -1 ? a.split('.').length : different;
}

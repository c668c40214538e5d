import type { ChannelReport, ValidationEvent } from '../../src/protocol/engine.ts';
import type { RunSeries } from '../../src/statistics/series/runSeries.ts';
import type { SeriesColumns } from '../../src/statistics/series/steps.ts';
import type { StreamPoint } from '../../src/statistics/stream.ts';
import type { NormColumn } from '../../src/statistics/taps.ts';
import type { ChartData, CurveData } from './curves.ts';
import { smoothed } from './smooth.ts';

/** Training loss with its range inside of each stretch of steps, and the validations at their own steps. */
export function lossData(
  series: SeriesColumns,
  validations: readonly ValidationEvent[],
  smoothing = 0,
): ChartData {
  const training = {
    values: smoothed(series.scalar('loss'), smoothing),
    low: series.scalar('lossMin'),
    high: series.scalar('lossMax'),
  };
  return withValidations(series, training, validations, ({ loss }) => loss);
}

/** Shares of cases that were given their class, while training and at validations. */
export function accuracyData(
  series: SeriesColumns,
  validations: readonly ValidationEvent[],
  smoothing = 0,
): ChartData {
  const training = { values: smoothed(series.scalar('accuracy'), smoothing) };
  return withValidations(series, training, validations, ({ accuracy = NaN }) => accuracy);
}

/** Whether cases have classes. */
export function hasAccuracy(series: RunSeries, validations: readonly ValidationEvent[]): boolean {
  const last = validations.at(-1)?.accuracy;
  return last !== undefined || !Number.isNaN(series.latestScalar('accuracy'));
}

function withValidations(
  series: SeriesColumns,
  training: CurveData,
  validations: readonly ValidationEvent[],
  valueOf: (validation: ValidationEvent) => number,
): ChartData {
  const trained = series.steps();
  const [first = 0] = trained;
  const steps: number[] = [];
  const fromTraining: number[] = [];
  const fromValidation: number[] = [];
  let v = 0;
  const takeValidations = (before: number): void => {
    for (let next = validations[v]; next && next.step < before; next = validations[++v]) {
      // Before a window of recent steps.
      if (next.step < first) continue;
      steps.push(next.step);
      fromTraining.push(-1);
      fromValidation.push(valueOf(next));
    }
  };
  for (const [i, step] of trained.entries()) {
    takeValidations(step);
    const next = validations[v];
    steps.push(step);
    fromTraining.push(i);
    fromValidation.push(next?.step === step ? valueOf(next) : NaN);
    if (next?.step === step) v++;
  }
  takeValidations(Infinity);
  const pick = (column: readonly number[]) => interpolated(fromTraining, column);
  const { values, low, high } = training;
  const band = low && high ? { low: pick(low), high: pick(high) } : {};
  return {
    positions: steps,
    curves: [{ values: pick(values), ...band }, { values: fromValidation }],
  };
}

/** The entries of a column; where there is none of its own, the one before it, so that the curve has no gap. */
function interpolated(entries: readonly number[], column: readonly number[]): number[] {
  let last = NaN;
  return entries.map((entry) => {
    if (entry >= 0) last = column[entry] ?? NaN;
    return last;
  });
}

export function gradientData(series: SeriesColumns, smoothing = 0): ChartData {
  const curve: CurveData = {
    values: smoothed(series.scalar('gradNorm'), smoothing),
    low: series.scalar('gradNormMin'),
    high: series.scalar('gradNormMax'),
  };
  return { positions: series.steps(), curves: [curve] };
}

export function rateData(series: SeriesColumns): ChartData {
  return { positions: series.steps(), curves: [{ values: series.scalar('lr') }] };
}

/** Mean or variance of a norm, before and after it, each with its range over the tokens. */
export function normData(series: SeriesColumns, norm: number, quantity: 'mean' | 'var'): ChartData {
  const curve = (place: 'in' | 'out'): CurveData => ({
    values: series.norm(norm, `${place}.${quantity}`),
    low: series.norm(norm, `${place}.${quantity}.min`),
    high: series.norm(norm, `${place}.${quantity}.max`),
  });
  return { positions: series.steps(), curves: [curve('in'), curve('out')] };
}

/** Mean or variance of each channel before a norm, as its running statistics have it, and after it. */
export function channelData(channels: ChannelReport, quantity: 'mean' | 'var'): ChartData {
  const { inMean, inVar, outMean, outVar, running } = channels;
  const [before, after] = quantity === 'mean' ? [inMean, outMean] : [inVar, outVar];
  return {
    positions: before.map((_, channel) => channel),
    curves: [{ values: before }, { values: running?.[quantity] ?? [] }, { values: after }],
  };
}

/** Signal propagation along residuals: mean² and variance of the channels of each, and their variance at the end of its branch. */
export function signalData(points: readonly StreamPoint[]): ChartData {
  const column = (quantity: keyof StreamPoint['signal']): CurveData => ({
    values: points.map(({ signal }) => signal[quantity]),
  });
  return {
    positions: points.map((_, place) => place),
    curves: [column('squaredMean'), column('variance'), column('branchVariance')],
  };
}

/** Mean or variance before and after each norm at a step, the newest when left out, in the order of computation. */
export function depthData(series: RunSeries, quantity: 'mean' | 'var', step?: number): ChartData {
  const norms = Array.from({ length: series.normCount }, (_, norm) => norm);
  const column = (name: NormColumn) =>
    step === undefined
      ? norms.map((norm) => series.latestNorm(norm, name))
      : series.normsAt(step, name);
  const curve = (place: 'in' | 'out'): CurveData => ({
    values: column(`${place}.${quantity}`),
    low: column(`${place}.${quantity}.min`),
    high: column(`${place}.${quantity}.max`),
  });
  return { positions: norms, curves: [curve('in'), curve('out')] };
}

import type { ValidationEvent } from '../../src/protocol/engine.ts';
import type { RunSeries } from '../../src/statistics/series/runSeries.ts';
import type { ChartData, CurveData } from './chart.ts';

/** Training loss with its range inside of each stretch of steps, and the validations at their own steps. */
export function lossData(series: RunSeries, validations: readonly ValidationEvent[]): ChartData {
  const trained = series.steps();
  const steps: number[] = [];
  const fromTraining: number[] = [];
  const fromValidation: number[] = [];
  let v = 0;
  const takeValidations = (before: number): void => {
    for (let next = validations[v]; next && next.step < before; next = validations[++v]) {
      steps.push(next.step);
      fromTraining.push(-1);
      fromValidation.push(next.loss);
    }
  };
  for (const [i, step] of trained.entries()) {
    takeValidations(step);
    const next = validations[v];
    steps.push(step);
    fromTraining.push(i);
    fromValidation.push(next?.step === step ? next.loss : NaN);
    if (next?.step === step) v++;
  }
  takeValidations(Infinity);
  const pick = (column: readonly number[]) => interpolated(fromTraining, column);
  return {
    positions: steps,
    curves: [
      {
        values: pick(series.scalar('loss')),
        low: pick(series.scalar('lossMin')),
        high: pick(series.scalar('lossMax')),
      },
      { values: fromValidation },
    ],
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

export function gradientData(series: RunSeries): ChartData {
  const curve: CurveData = {
    values: series.scalar('gradNorm'),
    low: series.scalar('gradNormMin'),
    high: series.scalar('gradNormMax'),
  };
  return { positions: series.steps(), curves: [curve] };
}

export function rateData(series: RunSeries): ChartData {
  return { positions: series.steps(), curves: [{ values: series.scalar('lr') }] };
}

/** Mean or variance of a norm, before and after it, each with its range over the tokens. */
export function normData(series: RunSeries, norm: number, quantity: 'mean' | 'var'): ChartData {
  const curve = (place: 'in' | 'out'): CurveData => ({
    values: series.norm(norm, `${place}.${quantity}`),
    low: series.norm(norm, `${place}.${quantity}.min`),
    high: series.norm(norm, `${place}.${quantity}.max`),
  });
  return { positions: series.steps(), curves: [curve('in'), curve('out')] };
}

/** Variance before and after each norm at the newest step, in the order of computation. */
export function depthData(series: RunSeries): ChartData {
  const norms = Array.from({ length: series.normCount }, (_, norm) => norm);
  const curve = (place: 'in' | 'out'): CurveData => ({
    values: norms.map((norm) => series.latestNorm(norm, `${place}.var`)),
    low: norms.map((norm) => series.latestNorm(norm, `${place}.var.min`)),
    high: norms.map((norm) => series.latestNorm(norm, `${place}.var.max`)),
  });
  return { positions: norms, curves: [curve('in'), curve('out')] };
}

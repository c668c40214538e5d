import * as l10n from '@vscode/l10n';
import type { ChannelReport, ProbeReport } from '../protocol/engine.ts';
import { formatNumber } from './numbers.ts';
import { tableLines } from './table.ts';

function right(title: string): { readonly title: string; readonly align: 'right' } {
  return { title, align: 'right' };
}

/** Spread over channels of each norm over channels, its title line first; empty without such norms. */
export function channelTable({ channels }: ProbeReport): readonly string[] {
  const rows = Object.entries(channels).map(([path, report]) => [
    path,
    String(report.inMean.length),
    ...[report.inMean, report.inVar, report.outMean, report.outVar].map(rangeOf),
    ...runningOf(report),
  ]);
  if (rows.length === 0) return [];
  const titles = [
    l10n.t('channels'),
    l10n.t('in mean'),
    l10n.t('in var'),
    l10n.t('out mean'),
    l10n.t('out var'),
  ];
  const running = [l10n.t('running mean off by'), l10n.t('running var off by')];
  return tableLines(
    [{ title: l10n.t('norm, per channel'), align: 'left' }, ...[...titles, ...running].map(right)],
    rows,
  );
}

/** Signal propagation along the residuals, its title line first; empty without residuals. */
export function signalTable({ signal }: ProbeReport): readonly string[] {
  const rows = Object.entries(signal).map(([path, point]) => [
    path,
    ...[point.squaredMean, point.variance, point.branchVariance].map(formatNumber),
  ]);
  if (rows.length === 0) return [];
  const titles = [l10n.t('channel mean²'), l10n.t('channel var'), l10n.t('branch var')];
  return tableLines(
    [{ title: l10n.t('signal propagation'), align: 'left' }, ...titles.map(right)],
    rows,
  );
}

function rangeOf(values: readonly number[]): string {
  return `${formatNumber(Math.min(...values))} … ${formatNumber(Math.max(...values))}`;
}

/** `0.12 σ`, `1.05 ×`: how far the running statistics are from those of this batch. */
function runningOf({ running }: ChannelReport): readonly string[] {
  if (running === undefined) return ['', ''];
  const { mean, variance } = running.distance;
  return [`${formatNumber(mean)} σ`, `${formatNumber(variance)} ×`];
}

import { childrenOf, type TopologyItem } from '../../src/topology/topology.ts';
import { branchRatio, type StreamPoint } from '../../src/statistics/stream.ts';
import { formatCompact, formatCount, formatNumber, formatShape } from '../format.ts';
import { texts } from '../texts.ts';
import { walk } from './scene.ts';

/** The item's path without that of the group or residual around it; a bare number keeps the name before it. */
export function shortName(path: string, parent: string | undefined): string {
  if (parent === undefined || !path.startsWith(`${parent}.`)) return path;
  const rest = path.slice(parent.length + 1);
  return /^\d+$/.test(rest) ? `${parent.slice(parent.lastIndexOf('.') + 1)}.${rest}` : rest;
}

/** Layers and norms inside of an item. */
export function contentOf(item: TopologyItem): { readonly layers: number; readonly norms: number } {
  let layers = 0;
  let norms = 0;
  for (const { item: inner } of walk(childrenOf(item))) {
    if (inner.kind !== 'layer') continue;
    layers++;
    if (inner.role === 'norm') norms++;
  }
  return { layers, norms };
}

/** `3 layers · 1 norm · 198K parameters`. */
export function contentSummary(item: TopologyItem): string {
  const { layers, norms } = contentOf(item);
  const times = item.kind === 'group' && item.times !== undefined ? [texts.times(item.times)] : [];
  const parts = [...times, texts.layers(layers)];
  if (norms > 0) parts.push(texts.norms(norms));
  if (item.parameters > 0) parts.push(formatCompact(item.parameters));
  return parts.join(' · ');
}

/** What stands first in the node of an item: the type of a layer, the name of anything else. */
export function titleOf(item: TopologyItem, parent: string | undefined): string {
  return item.kind === 'layer' ? item.type : shortName(item.path, parent);
}

/** What a screen reader says and what a tooltip shows, without the numbers of a run. Begins with the title that is seen. */
export function describe(item: TopologyItem, parent: string | undefined): string {
  const parts = [titleOf(item, parent)];
  if (item.kind === 'group' && item.label !== parts[0]) parts.push(item.label);
  if (item.kind === 'residual') parts.push(texts.residual);
  if (item.path !== parts[0]) parts.push(item.path);
  if (item.kind === 'residual') {
    parts.push(texts.placements[item.placement], texts.shortcuts[item.shortcut]);
  }
  if (item.kind !== 'layer') parts.push(contentSummary(item));
  if (item.outputShape) parts.push(texts.outputShape(formatShape(item.outputShape)));
  if (item.kind === 'layer' && item.parameters > 0) {
    parts.push(texts.parameters(formatCount(item.parameters)));
  }
  if (item.problem !== undefined) parts.push(item.problem);
  return parts.join(', ');
}

/** What was measured of a residual, in words. */
export function describeStream(point: StreamPoint): string {
  const { skip, branch, sum } = point;
  return [
    texts.stream.ratioOf(formatNumber(branchRatio(point))),
    texts.stream.rmsOf(formatNumber(skip.rms), formatNumber(branch.rms), formatNumber(sum.rms)),
  ].join(', ');
}

/** A stretch of the rail in words; `ratio` is undefined where nothing was added to it. */
export function describeStretch(rms: number, ratio: number | undefined): string {
  const parts = [texts.stream.rms(formatNumber(rms))];
  if (ratio !== undefined) parts.push(texts.stream.ratioOf(formatNumber(ratio)));
  return parts.join(', ');
}

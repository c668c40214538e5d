import type { TopologyItem } from '../../src/topology/topology.ts';
import { formatCompact, formatCount, formatShape } from '../format.ts';
import { texts } from '../texts.ts';
import { childrenOf, walk } from './scene.ts';

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
  const parts = [texts.layers(layers)];
  if (norms > 0) parts.push(texts.norms(norms));
  if (item.parameters > 0) parts.push(formatCompact(item.parameters));
  return parts.join(' · ');
}

/** What a screen reader says and what a tooltip shows, without the numbers of a run. */
export function describe(item: TopologyItem): string {
  const parts: string[] = [];
  if (item.kind === 'layer') parts.push(item.type, item.path);
  else if (item.kind === 'group') parts.push(texts.group, item.path, contentSummary(item));
  else {
    parts.push(texts.residual, item.path, texts.placements[item.placement]);
    parts.push(texts.shortcuts[item.shortcut], contentSummary(item));
  }
  if (item.outputShape) parts.push(texts.outputShape(formatShape(item.outputShape)));
  if (item.kind === 'layer' && item.parameters > 0) {
    parts.push(texts.parameters(formatCount(item.parameters)));
  }
  return parts.join(', ');
}

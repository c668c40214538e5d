import { nothing, svg, type SVGTemplateResult } from 'lit-html';
import type { TopologyItem } from '../../src/topology/topology.ts';
import { formatCompact, formatNumber, formatShape } from '../format.ts';
import { texts } from '../texts.ts';
import { contentSummary, describe, describeStream, shortName, titleOf } from './describe.ts';
import { branchRatio } from '../../src/statistics/stream.ts';
import { forkPortY } from './elkBranch.ts';
import { fitText, widthOf } from './fitText.ts';
import type { Place } from './layout.ts';
import { pointsIn, type StreamPoints } from './rail.ts';
import { normsIn, type SceneNode } from './scene.ts';
import { stripTemplate } from './strip.ts';

/** What a node needs to know beside itself to be drawn. */
export interface NodeContext {
  /** Paths of the selected items that are drawn. */
  readonly selected: ReadonlySet<string>;
  /** Paths of the items that a search has found, or that hold one. */
  readonly found: ReadonlySet<string>;
  /** Path of the one item that the Tab key reaches. */
  readonly tabStop: string | null;
  /** What was measured of the residual stream. */
  readonly points: StreamPoints;
}

const chevronDown = 'M-4 -2 0 2 4 -2';
const chevronRight = 'M-2 -4 2 0 -2 4';

/** Place and size of the tiny chart in a norm's node. */
export const sparkline = { x: 156, y: 30, width: 72, height: 36 } as const;

/** The parts of a drawn node: what names it, and what else is seen, which its label tells in words. */
interface Body {
  readonly label: SVGTemplateResult;
  readonly more: SVGTemplateResult;
}

export function nodeTemplate(
  node: SceneNode,
  place: Place,
  context: NodeContext,
): SVGTemplateResult {
  const { item, kind, parent } = node;
  const isSelected = context.selected.has(item.path);
  const isFound = context.found.has(item.path);
  // Only in a half-written file: the layer is wrong, or behind one that is.
  const isUnknown = item.outputShape === undefined;
  const marks = [
    ...(isSelected ? ['selected'] : []),
    ...(isFound ? ['found'] : []),
    ...(isUnknown ? ['unknown'] : []),
    ...(item.problem === undefined ? [] : ['wrong']),
  ];
  const isNorm = kind === 'norm';
  const onStream = place.x + node.width / 2 === 0;
  const { label, more } = bodyOf(node, onStream, context.points);
  const point = context.points.get(item.path);
  const description = [describe(item, parent), ...(point ? [describeStream(point)] : [])].join(
    ', ',
  );
  // The texts of norms are written with their numbers, see `updateNorms`.
  const title = isNorm ? svg`<title></title>` : svg`<title>${description}</title>`;
  const isOpen = kind === 'fork' || kind === 'open';
  const named = node.stop
    ? svg`<g role="treeitem" data-path=${item.path} aria-level=${node.level}
        aria-selected=${String(isSelected)} aria-expanded=${item.kind === 'layer' ? nothing : String(isOpen)}
        aria-label=${isNorm ? nothing : description}
        tabindex=${item.path === context.tabStop ? 0 : -1}>${label}</g>`
    : svg`<g aria-hidden="true">${label}</g>`;
  return svg`<g class=${['node', kind, ...marks].join(' ')} transform=${`translate(${place.x} ${place.y})`}
    data-path=${item.path} data-kind=${kind} data-norm=${isNorm ? item.path : nothing}>
    ${title}${named}<g aria-hidden="true">${more}</g></g>`;
}

function bodyOf(node: SceneNode, onStream: boolean, points: StreamPoints): Body {
  switch (node.kind) {
    case 'layer':
      return layerBody(node);
    case 'norm':
      return normBody(node);
    case 'group':
    case 'residual':
      return collapsedBody(node, points);
    case 'fork': {
      const header = headerBody(node, node.width / 2 + 14, 10);
      const dot = svg`<circle class="dot" cx=${node.width / 2} cy=${forkPortY} r="4"/>`;
      return { ...header, more: svg`${through(node, onStream)}${dot}${header.more}` };
    }
    case 'open': {
      const header = headerBody(node, 14, 12);
      return { ...header, more: svg`${through(node, onStream)}${header.more}` };
    }
    case 'sum':
      return {
        label: svg`<circle class="card" cx="10" cy="10" r="10"/>`,
        more: svg`<path class="plus" d="M10 5v10M5 10h10"/>${ratioText(node.item, points, 26, 5, 'start')}`,
      };
    case 'close':
      return { label: svg``, more: through(node, onStream) };
  }
}

function card(node: SceneNode, radius: number): SVGTemplateResult {
  return svg`<rect class="card" width=${node.width} height=${node.height} rx=${radius}/>`;
}

/** First line of a node: a title, a detail behind it, and one on the right. The title gives way to the right one. */
function headline(
  node: SceneNode,
  shown: { readonly detail?: string; readonly right: string },
  x = 12,
): Body {
  const edge = node.width - 12;
  const right = fitText(shown.right, (edge - x) * 0.5, 'detail');
  const room = edge - x - (right === '' ? 0 : widthOf(right, 'detail') + 8);
  const title = fitText(titleOf(node.item, node.parent), room, 'title');
  const used = widthOf(title, 'title') + 6;
  const detail = room - used > 16 ? fitText(shown.detail ?? '', room - used, 'detail') : '';
  return {
    label: svg`<text class="title" x=${x} y="18">${title}</text>`,
    more: svg`<text class="detail" x=${x + used} y="18">${detail}</text>
      <text class="detail end" x=${edge} y="18">${right}</text>`,
  };
}

function layerBody(node: SceneNode): Body {
  const { item } = node;
  const isEnd = item.kind === 'layer' && (item.role === 'input' || item.role === 'loss');
  const parameters = item.parameters > 0 ? formatCompact(item.parameters) : '';
  const edge = node.width - 12;
  const name = fitText(shortName(item.path, node.parent), edge - 72, 'detail');
  const { label, more } = headline(node, { right: formatShape(item.outputShape) });
  return {
    label: svg`${card(node, isEnd ? 22 : 6)}${label}`,
    more: svg`${more}<text class="detail" x="12" y="34">${name}</text>
      <text class="detail end" x=${edge} y="34">${parameters}</text>`,
  };
}

function normBody(node: SceneNode): Body {
  const { item } = node;
  const { x, y, width, height } = sparkline;
  const base = y + height + 0.5;
  const name = shortName(item.path, node.parent);
  const { label, more } = headline(node, { detail: name, right: formatShape(item.outputShape) });
  return {
    label: svg`${card(node, 6)}${label}`,
    more: svg`<rect class="accent" y="8" width="3" height=${node.height - 16} rx="1.5"/>
      ${more}${quantity('µ', 42, 'mean')}${quantity('σ²', 62, 'var')}
      <line class="sparkbase" x1=${x} y1=${base} x2=${x + width} y2=${base}/>
      <path class="spark before" data-live="spark.in" transform=${`translate(${x} ${y})`}/>
      <path class="spark after" data-live="spark.out" transform=${`translate(${x} ${y})`}/>`,
  };
}

/** One quantity of a norm, before → after. The numbers are written as they come, not drawn anew. */
function quantity(symbol: string, y: number, name: 'mean' | 'var'): SVGTemplateResult {
  return svg`<text class="detail" x="12" y=${y}>${symbol}</text>
    <text class="number end" x="76" y=${y} data-live=${`in.${name}`}></text>
    <path class="arrow" d=${`M82 ${y - 4}h9m-3 -3 3 3 -3 3`}/>
    <text class="number end strong" x="144" y=${y} data-live=${`out.${name}`}></text>`;
}

/** Branch/skip ratio of a residual; nothing where it was not measured. */
function ratioText(
  item: TopologyItem,
  points: StreamPoints,
  x: number,
  y: number,
  anchor: 'start' | 'end',
) {
  const point = points.get(item.path);
  if (!point) return svg``;
  const ratio = branchRatio(point);
  return svg`<text class=${`ratio ${anchor}`} x=${x} y=${y}>${formatNumber(ratio)}</text>`;
}

function collapsedBody(node: SceneNode, points: StreamPoints): Body {
  const { item, width, height } = node;
  const isResidual = item.kind === 'residual';
  const glyph = svg`<circle class="glyph" cx=${width - 20} cy="29" r="6"/>
    <path class="glyph" d=${`M${width - 20} 26v6m-3 -3h6`}/>`;
  const behind = svg`<rect class="card" x="4" y="4" width=${width - 8} height=${height} rx="6"/>`;
  const summary = fitText(contentSummary(item), width - (isResidual ? 96 : 40), 'detail');
  const ratio = isResidual ? ratioText(item, points, width - 32, 34, 'end') : nothing;
  const strip = node.hasStrip ? stripTemplate(pointsIn(item, points), width, height) : nothing;
  const { label, more } = headline(node, { right: formatShape(item.outputShape) }, 28);
  return {
    label: svg`${isResidual ? nothing : behind}${card(node, 6)}${label}`,
    more: svg`${isResidual ? glyph : nothing}${chevron(16, 14, chevronRight)}
      ${more}<text class="detail" x="28" y="34">${summary}</text>${ratio}${varianceRow(normsIn(item))}${strip}`,
  };
}

/** Variances of the first and the last norm inside of a collapsed node. */
function varianceRow(norms: readonly string[]): SVGTemplateResult {
  const [first, ...others] = norms;
  if (first === undefined) return svg``;
  const last = others.at(-1);
  const shown = last === undefined ? [first] : [first, last];
  const y = 54;
  return svg`<text class="detail" x="12" y=${y}>σ²</text>${shown.map((path, i) => {
    const place = `translate(${28 + 104 * i} 0)`;
    return svg`<g data-norm=${path} transform=${place}>
      <text class="small end" x="36" y=${y} data-live="in.var"></text>
      <path class="arrow" d=${`M42 ${y - 4}h9m-3 -3 3 3 -3 3`}/>
      <text class="small end strong" x="94" y=${y} data-live="out.var"></text>
    </g>`;
  })}`;
}

/** The line that goes on through a node without a body; on the stream it is drawn with the stream. */
function through(node: SceneNode, onStream: boolean): SVGTemplateResult {
  if (onStream) return svg``;
  return svg`<path class="route" d=${`M${node.width / 2} 0v${node.height}`}/>`;
}

function chevron(x: number, y: number, path: string): SVGTemplateResult {
  return svg`<g data-toggle transform=${`translate(${x} ${y})`}>
    <rect class="hit" x="-11" y="-11" width="22" height="22"/><path class="chevron" d=${path}/></g>`;
}

/** Chevron, name and kind of something open, to the right of the stream. */
function headerBody(node: SceneNode, x: number, y: number): Body {
  const { item } = node;
  const title = fitText(titleOf(item, node.parent), 120, 'title');
  const detail = item.kind === 'residual' ? residualDetail(item) : contentSummary(item);
  const detailX = x + 14 + widthOf(title, 'title') + 8;
  return {
    label: svg`<rect class="hit" x=${x - 8} y=${y - 11} width="224" height="22" rx="4"/>
      <text class="title" x=${x + 14} y=${y + 4}>${title}</text>`,
    more: svg`${chevron(x + 2, y, chevronDown)}
      <text class="detail" x=${detailX} y=${y + 4}>${fitText(detail, 160, 'detail')}</text>`,
  };
}

function residualDetail(item: Extract<SceneNode['item'], { kind: 'residual' }>): string {
  const parts: string[] = item.placement === 'none' ? [] : [texts.placements[item.placement]];
  if (item.shortcut !== 'identity' || parts.length === 0)
    parts.push(texts.shortcuts[item.shortcut]);
  return parts.join(' · ');
}

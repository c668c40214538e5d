import { nothing, svg, type SVGTemplateResult } from 'lit-html';
import { formatCompact, formatShape } from '../format.ts';
import { texts } from '../texts.ts';
import { contentSummary, describe, shortName } from './describe.ts';
import { forkPortY } from './elkBranch.ts';
import { fitText, widthOf } from './fitText.ts';
import type { Place } from './layout.ts';
import { normsIn, type SceneNode } from './scene.ts';

/** What a node needs to know beside itself to be drawn. */
export interface NodeContext {
  readonly selected: string | null;
  /** Path of the one item that the Tab key reaches. */
  readonly tabStop: string | null;
}

const chevronDown = 'M-4 -2 0 2 4 -2';
const chevronRight = 'M-2 -4 2 0 -2 4';

/** Place and size of the tiny chart in a norm's node. */
export const sparkline = { x: 156, y: 30, width: 72, height: 36 } as const;

export function nodeTemplate(
  node: SceneNode,
  place: Place,
  context: NodeContext,
): SVGTemplateResult {
  const { item, kind } = node;
  const selected = item.path === context.selected;
  const classes = `node ${kind}${selected ? ' selected' : ''}`;
  const transform = `translate(${place.x} ${place.y})`;
  const onStream = place.x + node.width / 2 === 0;
  const body = bodyOf(node, onStream);
  const tooltip = kind === 'norm' ? nothing : svg`<title>${describe(item)}</title>`;
  if (!node.stop) {
    return svg`<g class=${classes} transform=${transform} data-path=${item.path} data-kind=${kind} aria-hidden="true">${tooltip}${body}</g>`;
  }
  const canCollapse = item.kind !== 'layer';
  return svg`<g
    class=${classes} transform=${transform} data-path=${item.path} data-kind=${kind} data-norm=${kind === 'norm' ? item.path : nothing} role="treeitem"
    aria-level=${node.level} aria-selected=${selected ? 'true' : 'false'}
    aria-expanded=${canCollapse ? String(kind === 'fork' || kind === 'open') : nothing}
    aria-label=${kind === 'norm' ? nothing : describe(item)}
    tabindex=${item.path === context.tabStop ? 0 : -1}>${tooltip}${body}</g>`;
}

function bodyOf(node: SceneNode, onStream: boolean): SVGTemplateResult {
  switch (node.kind) {
    case 'layer':
      return layerBody(node);
    case 'norm':
      return normBody(node);
    case 'group':
    case 'residual':
      return collapsedBody(node);
    case 'fork':
      return forkBody(node, onStream);
    case 'open':
      return svg`${through(node, onStream)}${headerBody(node, 14, 12)}`;
    case 'sum':
      return svg`<circle class="card" cx="10" cy="10" r="10"/><path class="plus" d="M10 5v10M5 10h10"/>`;
    case 'projection':
      return svg`<rect class="card" width=${node.width} height=${node.height} rx="12"/>
        <text class="detail middle" x=${node.width / 2} y="16">${texts.projection}</text>`;
    case 'close':
      return through(node, onStream);
  }
}

/** A title with a detail behind it on the left, another detail on the right; those on the left give way. */
function headline(
  node: SceneNode,
  texts: { readonly title: string; readonly detail?: string; readonly right: string },
  x = 12,
): SVGTemplateResult {
  const edge = node.width - 12;
  const right = fitText(texts.right, (edge - x) * 0.5, 'detail');
  const room = edge - x - (right === '' ? 0 : widthOf(right, 'detail') + 8);
  const title = fitText(texts.title, room, 'title');
  const left = room - widthOf(title, 'title') - 6;
  const detail = left > 16 ? fitText(texts.detail ?? '', left, 'detail') : '';
  return svg`<text x=${x} y="18"><tspan class="title">${title}</tspan><tspan class="detail" dx="6">${detail}</tspan></text>
    <text class="detail end" x=${edge} y="18">${right}</text>`;
}

function layerBody(node: SceneNode): SVGTemplateResult {
  const { item } = node;
  if (item.kind !== 'layer') return svg``;
  const isEnd = item.role === 'input' || item.role === 'loss';
  const parameters = item.parameters > 0 ? formatCompact(item.parameters) : '';
  const edge = node.width - 12;
  const name = shortName(item.path, node.parent);
  return svg`<rect class="card" width=${node.width} height=${node.height} rx=${isEnd ? 22 : 6}/>
    ${headline(node, { title: item.type, right: formatShape(item.outputShape) })}
    <text class="detail" x="12" y="34">${fitText(name, edge - 72, 'detail')}</text>
    <text class="detail end" x=${edge} y="34">${parameters}</text>`;
}

function normBody(node: SceneNode): SVGTemplateResult {
  const { item } = node;
  if (item.kind !== 'layer') return svg``;
  const { x, y, width, height } = sparkline;
  const name = shortName(item.path, node.parent);
  const base = y + height + 0.5;
  return svg`<title></title>
    <rect class="card" width=${node.width} height=${node.height} rx="6"/>
    <rect class="accent" y="8" width="3" height=${node.height - 16} rx="1.5"/>
    ${headline(node, { title: item.type, detail: name, right: formatShape(item.outputShape) })}
    ${quantity('µ', 42, 'mean')}${quantity('σ²', 62, 'var')}
    <line class="sparkbase" x1=${x} y1=${base} x2=${x + width} y2=${base}/>
    <path class="spark before" data-live="spark.in" transform=${`translate(${x} ${y})`}/>
    <path class="spark after" data-live="spark.out" transform=${`translate(${x} ${y})`}/>`;
}

/** One quantity of a norm, before → after. The numbers are written as they come, not drawn anew. */
function quantity(symbol: string, y: number, name: 'mean' | 'var'): SVGTemplateResult {
  return svg`<text class="detail" x="12" y=${y}>${symbol}</text>
    <text class="number end" x="76" y=${y} data-live=${`in.${name}`}></text>
    <path class="arrow" d=${`M82 ${y - 4}h9m-3 -3 3 3 -3 3`}/>
    <text class="number end strong" x="144" y=${y} data-live=${`out.${name}`}></text>`;
}

function collapsedBody(node: SceneNode): SVGTemplateResult {
  const { item, width, height } = node;
  const isResidual = item.kind === 'residual';
  const glyph = isResidual
    ? svg`<circle class="glyph" cx=${width - 20} cy="29" r="6"/><path class="glyph" d=${`M${width - 20} 26v6m-3 -3h6`}/>`
    : svg``;
  const behind = isResidual
    ? svg``
    : svg`<rect class="card" x="4" y="4" width=${width - 8} height=${height} rx="6"/>`;
  const summary = fitText(contentSummary(item), width - (isResidual ? 64 : 40), 'detail');
  return svg`${behind}<rect class="card" width=${width} height=${height} rx="6"/>
    ${glyph}
    <g data-toggle transform="translate(16 14)"><rect class="hit" x="-12" y="-12" width="24" height="24"/><path class="chevron" d=${chevronRight}/></g>
    ${headline(node, { title: shortName(item.path, node.parent), right: formatShape(item.outputShape) }, 28)}
    <text class="detail" x="28" y="34">${summary}</text>
    ${varianceRow(normsIn(item))}`;
}

/** Variances of the first and the last norm inside of a collapsed node. */
function varianceRow(norms: readonly string[]): SVGTemplateResult {
  const [first, ...others] = norms;
  if (first === undefined) return svg``;
  const last = others.at(-1);
  const shown = last === undefined ? [first] : [first, last];
  const y = 54;
  return svg`<text class="detail" x="12" y=${y}>σ²</text>
    ${shown.map(
      (
        path,
        i,
      ) => svg`<g class="pair" data-norm=${path} transform=${`translate(${28 + 104 * i} 0)`}>
        <text class="small end" x="36" y=${y} data-live="in.var"></text>
        <path class="arrow" d=${`M42 ${y - 4}h9m-3 -3 3 3 -3 3`}/>
        <text class="small end strong" x="94" y=${y} data-live="out.var"></text>
      </g>`,
    )}`;
}

/** The line that goes on through a node without a body; on the stream it is drawn with the stream. */
function through(node: SceneNode, onStream: boolean): SVGTemplateResult {
  if (onStream) return svg``;
  return svg`<path class="route" d=${`M${node.width / 2} 0v${node.height}`}/>`;
}

function forkBody(node: SceneNode, onStream: boolean): SVGTemplateResult {
  return svg`${through(node, onStream)}<circle class="dot" cx=${node.width / 2} cy=${forkPortY} r="4"/>${headerBody(node, node.width / 2 + 14, 10)}`;
}

/** Chevron, name and kind of something open, to the right of the stream. */
function headerBody(node: SceneNode, x: number, y: number): SVGTemplateResult {
  const { item } = node;
  const name = fitText(shortName(item.path, node.parent), 120, 'title');
  const detail = item.kind === 'residual' ? residualDetail(item) : contentSummary(item);
  return svg`<rect class="hit" x=${x - 8} y=${y - 12} width="220" height="22"/>
    <g data-toggle transform=${`translate(${x + 2} ${y})`}><rect class="hit" x="-10" y="-11" width="20" height="22"/><path class="chevron" d=${chevronDown}/></g>
    <text x=${x + 14} y=${y + 4}><tspan class="title">${name}</tspan><tspan class="detail" dx="8">${fitText(detail, 160, 'detail')}</tspan></text>`;
}

function residualDetail(item: Extract<SceneNode['item'], { kind: 'residual' }>): string {
  const parts: string[] = [texts.placements[item.placement]];
  if (item.shortcut === 'none') parts.push(texts.shortcuts.none);
  return parts.join(' · ');
}

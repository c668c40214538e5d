import { nothing, svg, type SVGTemplateResult } from 'lit-html';
import { formatCompact, formatShape } from '../format.ts';
import { texts } from '../texts.ts';
import { contentSummary, describe, shortName } from './describe.ts';
import { forkPortY } from './elkBranch.ts';
import { fitText } from './fitText.ts';
import type { Place } from './layout.ts';
import type { SceneNode } from './scene.ts';

/** What a node needs to know beside itself to be drawn. */
export interface NodeContext {
  readonly selected: string | null;
  /** Path of the one item that the Tab key reaches. */
  readonly tabStop: string | null;
  /** True when there are numbers for the norm. */
  readonly hasNumbers: (path: string) => boolean;
}

const chevronDown = 'M-4 -2 0 2 4 -2';
const chevronRight = 'M-2 -4 2 0 -2 4';

/** Place and size of the tiny chart in a norm's node. */
export const sparkline = { x: 140, y: 30, width: 72, height: 36 } as const;

export function nodeTemplate(
  node: SceneNode,
  place: Place,
  context: NodeContext,
): SVGTemplateResult {
  const { item, kind } = node;
  const selected = item.path === context.selected;
  const classes = `node ${kind}${selected ? ' selected' : ''}`;
  const transform = `translate(${place.x} ${place.y})`;
  const body = bodyOf(node, context);
  const tooltip = kind === 'norm' ? nothing : svg`<title>${describe(item)}</title>`;
  if (!node.stop) {
    return svg`<g class=${classes} transform=${transform} data-path=${item.path} data-kind=${kind} aria-hidden="true">${tooltip}${body}</g>`;
  }
  const canCollapse = item.kind !== 'layer';
  return svg`<g
    class=${classes} transform=${transform} data-path=${item.path} data-kind=${kind} role="treeitem"
    aria-level=${node.level} aria-selected=${selected ? 'true' : 'false'}
    aria-expanded=${canCollapse ? String(kind === 'fork' || kind === 'open') : nothing}
    aria-label=${kind === 'norm' ? nothing : describe(item)}
    tabindex=${item.path === context.tabStop ? 0 : -1}>${tooltip}${body}</g>`;
}

function bodyOf(node: SceneNode, context: NodeContext): SVGTemplateResult {
  switch (node.kind) {
    case 'layer':
      return layerBody(node);
    case 'norm':
      return normBody(node, context);
    case 'group':
    case 'residual':
      return collapsedBody(node);
    case 'fork':
      return forkBody(node);
    case 'open':
      return headerBody(node, 14, 14);
    case 'sum':
      return svg`<circle class="card" cx="10" cy="10" r="10"/><path class="plus" d="M10 5v10M5 10h10"/>`;
    case 'projection':
      return svg`<rect class="card" width=${node.width} height=${node.height} rx="12"/>
        <text class="detail middle" x=${node.width / 2} y="16">${texts.projection}</text>`;
    case 'close':
      return svg``;
  }
}

/** Two texts on one line, left and right; the left one gives way. */
function line(
  node: SceneNode,
  y: number,
  left: { readonly text: string; readonly style: 'title' | 'detail'; readonly x?: number },
  right: string,
): SVGTemplateResult {
  const edge = node.width - 12;
  const start = left.x ?? 12;
  const rightText = fitText(right, (edge - start) * 0.6, 'detail');
  // Six and a half pixels are more than an average figure takes in the small font.
  const room = edge - start - (rightText === '' ? 0 : rightText.length * 6.5 + 8);
  return svg`<text class=${left.style} x=${start} y=${y}>${fitText(left.text, room, left.style)}</text>
    <text class="detail end" x=${edge} y=${y}>${rightText}</text>`;
}

function layerBody(node: SceneNode): SVGTemplateResult {
  const { item } = node;
  if (item.kind !== 'layer') return svg``;
  const isEnd = item.role === 'input' || item.role === 'loss';
  const parameters = item.parameters > 0 ? formatCompact(item.parameters) : '';
  return svg`<rect class="card" width=${node.width} height=${node.height} rx=${isEnd ? 22 : 6}/>
    ${line(node, 18, { text: item.type, style: 'title' }, formatShape(item.outputShape))}
    ${line(node, 34, { text: shortName(item.path, node.parent), style: 'detail' }, parameters)}`;
}

function normBody(node: SceneNode, context: NodeContext): SVGTemplateResult {
  const { item } = node;
  if (item.kind !== 'layer') return svg``;
  const { x, y, width, height } = sparkline;
  return svg`<title></title>
    <rect class="card" width=${node.width} height=${node.height} rx="6"/>
    <rect class="accent" y="8" width="3" height=${node.height - 16} rx="1.5"/>
    ${line(node, 18, { text: `${item.type}  ${shortName(item.path, node.parent)}`, style: 'title' }, formatShape(item.outputShape))}
    <g class="numbers" ?hidden=${!context.hasNumbers(item.path)}>
      <text class="detail" x="12" y="42">µ</text>
      <text class="number end" x="72" y="42" data-live="in.mean"></text>
      <path class="arrow" d="M78 38h10m-3 -3 3 3 -3 3"/>
      <text class="number end strong" x="132" y="42" data-live="out.mean"></text>
      <text class="detail" x="12" y="62">σ²</text>
      <text class="number end" x="72" y="62" data-live="in.var"></text>
      <path class="arrow" d="M78 58h10m-3 -3 3 3 -3 3"/>
      <text class="number end strong" x="132" y="62" data-live="out.var"></text>
    </g>
    <line class="sparkbase" x1=${x} y1=${y + height + 0.5} x2=${x + width} y2=${y + height + 0.5}/>
    <path class="spark before" data-live="spark.in" transform=${`translate(${x} ${y})`}/>
    <path class="spark after" data-live="spark.out" transform=${`translate(${x} ${y})`}/>`;
}

function collapsedBody(node: SceneNode): SVGTemplateResult {
  const { item } = node;
  const glyph =
    item.kind === 'residual'
      ? svg`<circle class="glyph" cx=${node.width - 20} cy="29" r="6"/><path class="glyph" d=${`M${node.width - 20} 26v6m-3 -3h6`}/>`
      : svg`<path class="stack" d=${`M6 ${node.height + 3.5}h${node.width - 12}`}/>`;
  return svg`<rect class="card" width=${node.width} height=${node.height} rx="6"/>
    ${glyph}
    <g data-toggle transform="translate(16 14)"><rect class="hit" x="-12" y="-12" width="24" height="24"/><path class="chevron" d=${chevronRight}/></g>
    ${line(node, 18, { text: shortName(item.path, node.parent), style: 'title', x: 28 }, formatShape(item.outputShape))}
    <text class="detail" x="28" y="34">${fitText(contentSummary(item), node.width - (item.kind === 'residual' ? 64 : 40), 'detail')}</text>`;
}

function forkBody(node: SceneNode): SVGTemplateResult {
  return svg`<circle class="dot" cx=${node.width / 2} cy=${forkPortY} r="4"/>${headerBody(node, node.width / 2 + 14, 10)}`;
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

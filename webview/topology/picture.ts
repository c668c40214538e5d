import { svg, type SVGTemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { FrameBox, Layout, Point, Route } from './layout.ts';
import type { LinkCurve } from './links.ts';
import { branchRatio } from '../../src/statistics/stream.ts';
import { nodeTemplate, type NodeContext } from './nodes.ts';
import { describeStretch } from './describe.ts';
import { levelOf, railOf, railWidth, type RailStretch, type StreamPoints } from './rail.ts';
import type { Scene } from './scene.ts';
import type { ShapeLabel, Stage } from './shapes.ts';
import { widthOf } from './fitText.ts';

/** The part of the picture that is seen, in its own coordinates. */
export interface Window {
  readonly top: number;
  readonly bottom: number;
}

const cornerRadius = 8;

/** Draws what of the layout lies in the window. */
export function pictureTemplate(
  scene: Scene,
  layout: Layout,
  seen: Window,
  context: NodeContext,
): SVGTemplateResult {
  const nodes = scene.nodes.filter((node) => {
    const place = layout.places.get(node);
    return place && place.y <= seen.bottom && place.y + node.height >= seen.top;
  });
  const routes = layout.routes.filter((route) => {
    const first = route.points[0];
    const last = route.points.at(-1);
    return first && last && first.y <= seen.bottom && last.y >= seen.top;
  });
  const isSeen = (box: { readonly y: number; readonly height: number }) =>
    box.y <= seen.bottom && box.y + box.height >= seen.top;
  const frames = layout.frames.filter(isSeen);
  const links = layout.links.filter(isSeen);
  const stages = layout.stages.filter(isSeen);
  const labels = layout.labels.filter(({ y }) => y <= seen.bottom && y >= seen.top);
  const rail = railOf(scene, layout.places, context.points).filter(
    ({ top, bottom }) => bottom >= seen.top && top <= seen.bottom,
  );
  return svg`
    <g class="frames" aria-hidden="true">${repeat(frames, ({ open }) => open.id, frameTemplate)}</g>
    <g class="stages" aria-hidden="true">${stages.map((stage) => stageTemplate(stage, layout.left))}</g>
    <g class="rail" aria-hidden="true">${rail.map(stretchTemplate)}</g>
    <g class="routes" aria-hidden="true">${routes.map((route) => routeTemplate(route, context.points))}</g>
    <g class="links" aria-hidden="true">${links.map(linkTemplate)}</g>
    <g class="shapes" aria-hidden="true">${labels.map(labelTemplate)}</g>
    ${repeat(
      nodes,
      (node) => node.id,
      (node) => nodeTemplate(node, layout.places.get(node) ?? { x: 0, y: 0 }, context),
    )}`;
}

function frameTemplate(frame: FrameBox): SVGTemplateResult {
  return svg`<rect class="frame" x=${frame.x} y=${frame.y} width=${frame.width} height=${frame.height} rx="8"/>`;
}

/** The residual stream is one straight line; as wide as its RMS, in the colour of what was added to it, dashes for the same. */
function stretchTemplate(stretch: RailStretch): SVGTemplateResult {
  const { top, bottom, rms, ratio } = stretch;
  const level = levelOf(ratio);
  const width = railWidth(rms);
  const line = (kind: string) =>
    svg`<line class=${kind} x1="0" y1=${top} x2="0" y2=${bottom} stroke-width=${width}/>`;
  if (rms === undefined) return line('stream');
  return svg`<g class=${`measured level${level ?? ''}`}><title>${describeStretch(rms, ratio)}</title>
    ${line('stream')}${level === undefined ? svg`` : line('dashes')}</g>`;
}

function routeTemplate(route: Route, points: StreamPoints): SVGTemplateResult {
  const onStream = route.kind === 'skip' && route.points[0]?.x === 0;
  // What lies on the stream is drawn with it.
  if (onStream) return svg``;
  const d = roundedPath(route.points);
  const { item } = route.to.kind === 'sum' ? route.to : route.from;
  const point = route.kind === 'skip' ? points.get(item.path) : undefined;
  if (!point) return svg`<path class=${`route ${route.kind}`} d=${d}/>`;
  const [rms, ratio] = [point.skip.rms, branchRatio(point)];
  const line = (kind: string) => svg`<path class=${kind} d=${d} stroke-width=${railWidth(rms)}/>`;
  return svg`<g class=${`measured level${levelOf(ratio) ?? ''}`}><title>${describeStretch(rms, ratio)}</title>
    ${line('stream')}${line('dashes')}</g>`;
}

/** A path through the points with rounded corners. */
export function roundedPath(points: readonly Point[]): string {
  const [start, ...rest] = points;
  if (!start) return '';
  let path = `M${start.x} ${start.y}`;
  let before = start;
  for (const [i, corner] of rest.entries()) {
    const after = rest[i + 1];
    if (!after) path += `L${corner.x} ${corner.y}`;
    else {
      const enter = towards(corner, before);
      const leave = towards(corner, after);
      path += `L${enter.x} ${enter.y}Q${corner.x} ${corner.y} ${leave.x} ${leave.y}`;
    }
    before = corner;
  }
  return path;
}

/** The point at the corner's radius from `corner` towards `other`, half way at most. */
function towards(corner: Point, other: Point): Point {
  const distance = Math.hypot(other.x - corner.x, other.y - corner.y);
  if (distance === 0) return corner;
  const part = Math.min(cornerRadius, distance / 2) / distance;
  return {
    x: corner.x + (other.x - corner.x) * part,
    y: corner.y + (other.y - corner.y) * part,
  };
}

/** A bracket along the stage, with the size of its pictures where there is room for it. */
function stageTemplate(stage: Stage, left: number): SVGTemplateResult {
  const x = left + 20;
  const middle = stage.y + stage.height / 2;
  const text = widthOf(stage.text, 'detail') <= stage.height ? stage.text : '';
  return svg`<path class="stage" d=${`M${x + 5} ${stage.y}h-5v${stage.height}h5`}/>
    <text class="stageText" transform=${`translate(${x - 6} ${middle}) rotate(-90)`}>${text}</text>`;
}

function labelTemplate({ x, y, text }: ShapeLabel): SVGTemplateResult {
  return svg`<text class="shape" x=${x} y=${y + 4}>${text}</text>`;
}

function linkTemplate({ path, arrow }: LinkCurve): SVGTemplateResult {
  return svg`<path class="link" d=${path}/><path class="linkEnd" d=${arrow}/>`;
}

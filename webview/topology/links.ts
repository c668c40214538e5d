import type { Scene, SceneNode } from './scene.ts';

/** A connection between nodes that are not neighbours, as a curve beside them. */
export interface LinkCurve {
  readonly path: string;
  /** The three corners of the arrow at its end. */
  readonly arrow: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const leastSwing = 24;
const mostSwing = 140;
/** A cubic curve whose inner points lie at distance d goes three quarters of it from its ends. */
const reach = 0.75;

/** The curves of a scene: left of the stream where both ends are on it, right of the branches otherwise. */
export function curvesOf(scene: Scene, places: ReadonlyMap<SceneNode, Place>): LinkCurve[] {
  return scene.links.flatMap(({ from, to }) => {
    const source = places.get(from);
    const target = places.get(to);
    return source && target ? [curve(from, source, to, target)] : [];
  });
}

function curve(from: SceneNode, source: Place, to: SceneNode, target: Place): LinkCurve {
  const onStream = source.x + from.width / 2 === 0 && target.x + to.width / 2 === 0;
  const side = onStream ? -1 : 1;
  const startX = onStream ? source.x : source.x + from.width;
  const endX = (onStream ? target.x : target.x + to.width) + side * 6;
  const startY = source.y + from.height / 2;
  const endY = target.y + to.height / 2;
  const swing = Math.min(mostSwing, leastSwing + Math.abs(endY - startY) * 0.12);
  const inner = onStream ? Math.min(startX, endX) : Math.max(startX, endX);
  const outer = inner + side * swing;
  const far = inner + side * swing * reach;
  const x = Math.min(startX, endX, far);
  return {
    path: `M${startX} ${startY}C${outer} ${startY} ${outer} ${endY} ${endX} ${endY}`,
    arrow: `M${endX} ${endY - 4}L${endX - side * 6} ${endY}L${endX} ${endY + 4}z`,
    x,
    y: Math.min(startY, endY),
    width: Math.max(startX, endX, far) - x,
    height: Math.abs(endY - startY),
  };
}

import type { TopologyItem } from '../../src/topology/topology.ts';
import type { ScenePiece } from './scene.ts';

/** The shape of a value on its way from one node to the next, e.g. `64×56×56 ↓2`. */
export interface ShapeLabel {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** A stretch of the stream whose pictures have one size. */
export interface Stage {
  readonly y: number;
  readonly height: number;
  /** Size of the pictures, e.g. `56×56`. */
  readonly text: string;
}

/** Axes of channels, height and width: only such values have a size that stages can be told by. */
const pictureAxes = 3;

/** What is written behind an item: its output's shape where that is a new one, else nothing. */
export function shapeText({ kind, inputShape, outputShape, ...item }: TopologyItem): string {
  const isInput = kind === 'layer' && 'role' in item && item.role === 'input';
  if (outputShape === undefined || outputShape.length === 0) return '';
  if (isInput) return outputShape.join('×');
  return inputShape ? outputShape.join('×') + resampling(inputShape, outputShape) : '';
}

/** ` ↓2` where pictures become half as large in both directions, ` ↑2` where they become twice as large. */
function resampling(input: readonly number[], output: readonly number[]): string {
  if (input.length !== pictureAxes || output.length !== pictureAxes) return '';
  const ratios = output.slice(1).map((size, axis) => (input[axis + 1] ?? size) / size);
  const [down = 1] = ratios;
  const up = 1 / down;
  if (ratios.some((ratio) => ratio !== down)) return '';
  if (down > 1 && Number.isInteger(down)) return ` ↓${down}`;
  return up > 1 && Number.isInteger(up) ? ` ↑${up}` : '';
}

/** What stands for the value that leaves a piece of the stream; undefined where a frame begins or ends. */
export function itemOf(piece: ScenePiece): TopologyItem | undefined {
  const node = piece.kind === 'node' ? piece.node : piece.nodes[0];
  return node?.kind === 'open' || node?.kind === 'close' ? undefined : node?.item;
}

/**
 * The stages of a stream; none where pictures have one size throughout. `extents`: where each piece lies. A frame's beginning
 * belongs to what follows it, its end to what comes before.
 */
export function stagesOf(
  pieces: readonly ScenePiece[],
  extents: readonly { readonly top: number; readonly bottom: number }[],
): Stage[] {
  const stages: { text: string; top: number; bottom: number }[] = [];
  let waiting: number | undefined;
  for (const [i, piece] of pieces.entries()) {
    const { top, bottom } = extents[i] ?? { top: 0, bottom: 0 };
    const last = stages.at(-1);
    if (piece.kind === 'node' && piece.node.kind === 'open') waiting ??= top;
    const item = itemOf(piece);
    if (!item) {
      if (last && waiting === undefined) last.bottom = bottom;
      continue;
    }
    const shape = item.outputShape ?? [];
    const text = shape.length === pictureAxes ? shape.slice(1).join('×') : '';
    if (last?.text === text) last.bottom = bottom;
    else stages.push({ text, top: waiting ?? top, bottom });
    waiting = undefined;
  }
  const sized = stages.filter(({ text }) => text !== '');
  if (sized.length < 2) return [];
  return sized.map(({ text, top, bottom }) => ({ text, y: top, height: bottom - top }));
}

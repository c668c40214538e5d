import { select, type Selection } from 'd3-selection';
import { zoom, zoomIdentity, type ZoomBehavior, type ZoomTransform } from 'd3-zoom';

export interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const smallestScale = 0.02;
/** Texts can be read from here on. */
const smallestText = 0.4;
const largestScale = 4;
/** Free space around the picture, in pixels of the screen. */
const margin = 24;
const step = 1.25;
/** What the map takes at the right edge. */
const mapRoom = 72;

/** Place and scale of the picture: the wheel scrolls, Ctrl and the wheel zoom, dragging pans. */
export class Viewport {
  private readonly svg: Selection<SVGSVGElement, unknown, null, undefined>;
  private readonly behavior: ZoomBehavior<SVGSVGElement, unknown>;
  private readonly moved: (byUser: boolean) => void;
  private bounds: Bounds = { left: 0, right: 0, top: 0, bottom: 0 };

  /** `moved` hears every new place; `byUser` is false for those that the panel itself chose. */
  constructor(svg: SVGSVGElement, world: SVGGElement, moved: (byUser: boolean) => void) {
    this.moved = moved;
    this.svg = select(svg);
    this.behavior = zoom<SVGSVGElement, unknown>()
      .scaleExtent([smallestScale, largestScale])
      .filter((event: MouseEvent) =>
        event.type === 'wheel' ? event.ctrlKey || event.metaKey : event.button === 0,
      )
      .on(
        'zoom',
        ({ transform, sourceEvent }: { transform: ZoomTransform; sourceEvent: unknown }) => {
          const { x, y, k } = transform;
          world.setAttribute('transform', `translate(${x} ${y}) scale(${k})`);
          moved(sourceEvent !== null && sourceEvent !== undefined);
        },
      );
    this.behavior(this.svg);
    this.svg.on('dblclick.zoom', null);
    svg.addEventListener('wheel', (event) => this.scroll(event), { passive: false });
  }

  get transform(): { readonly x: number; readonly y: number; readonly k: number } {
    const node = this.svg.node();
    const { x, y, k } = (node && '__zoom' in node ? node.__zoom : zoomIdentity) as ZoomTransform;
    return { x, y, k };
  }

  get size(): { readonly width: number; readonly height: number } {
    const { clientWidth, clientHeight } = this.svg.node() ?? { clientWidth: 0, clientHeight: 0 };
    return { width: clientWidth, height: clientHeight };
  }

  /** Tells what there is to see, so that it cannot be lost out of sight. */
  setBounds(bounds: Bounds): void {
    this.bounds = bounds;
    const { width, height } = this.size;
    // Half a window of free space lets every node come to the middle.
    this.behavior.translateExtent([
      [bounds.left - Math.max(margin, width / 2), bounds.top - Math.max(margin, height / 2)],
      [bounds.right + Math.max(margin, width / 2), bounds.bottom + Math.max(margin, height / 2)],
    ]);
  }

  /** Goes to a remembered place. */
  restore({ x, y, k }: { readonly x: number; readonly y: number; readonly k: number }): void {
    const scale = Math.min(largestScale, Math.max(smallestScale, k));
    if (!Number.isFinite(x + y + scale)) return;
    this.behavior.transform(this.svg, zoomIdentity.translate(x, y).scale(scale));
  }

  /** Shows the beginning of the picture in its full width, never enlarged. */
  fitWidth(): void {
    const { k, x } = this.wholeWidth(1);
    this.restore({ x, y: margin - this.bounds.top * k, k });
  }

  /** Brings the picture into sight from left to right, smaller where it has to be, and leaves no more space above or below than it must. */
  centerWidth(): void {
    const { k: scale, y } = this.transform;
    const { k, x } = this.wholeWidth(scale);
    const { top, bottom } = this.bounds;
    const atEnd = this.size.height - margin - bottom * k;
    const atBeginning = margin - top * k;
    this.restore({ x, y: Math.min(atBeginning, Math.max(atEnd, (y * k) / scale)), k });
  }

  /** The largest scale up to `most`, but for one at which texts can be read, that shows the whole width; and the place for it. */
  private wholeWidth(most: number): { readonly k: number; readonly x: number } {
    const { width: whole, height } = this.size;
    const { left, right, top, bottom } = this.bounds;
    // A picture that goes on below has a map at its right edge.
    const width = whole - ((bottom - top) * most > height ? mapRoom : 0);
    const k = Math.min(most, Math.max(smallestText, (width - 2 * margin) / (right - left)));
    return { k, x: width / 2 - ((left + right) / 2) * k };
  }

  /** Shows the whole picture, never enlarged. */
  fit(): void {
    const { width, height } = this.size;
    const { left, right, top, bottom } = this.bounds;
    if (width === 0 || height === 0 || right === left) return;
    const scale = Math.min(
      1,
      (width - 2 * margin) / (right - left),
      (height - 2 * margin) / (bottom - top),
    );
    const k = Math.max(smallestScale, scale);
    this.restore({
      x: width / 2 - ((left + right) / 2) * k,
      y: height / 2 - ((top + bottom) / 2) * k,
      k,
    });
  }

  zoomIn(): void {
    this.behavior.scaleBy(this.svg, step);
  }

  zoomOut(): void {
    this.behavior.scaleBy(this.svg, 1 / step);
  }

  /** One pixel of the picture is one of the screen. */
  actualSize(): void {
    this.behavior.scaleTo(this.svg, 1);
  }

  /** Moves what is seen, in pixels of the screen. */
  scrollBy(dx: number, dy: number): void {
    const { k } = this.transform;
    this.behavior.translateBy(this.svg, -dx / k, -dy / k);
  }

  /** Brings a point of the picture to the middle. */
  centerOn({ x, y }: { readonly x: number; readonly y: number }): void {
    this.behavior.translateTo(this.svg, x, y);
  }

  /** Moves as little as needed to bring a box into sight. */
  reveal(box: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }): void {
    const { width, height } = this.size;
    const { x, y, k } = this.transform;
    const dx = shift(x + box.x * k, box.width * k, width);
    const dy = shift(y + box.y * k, box.height * k, height);
    if (dx !== 0 || dy !== 0) this.behavior.translateBy(this.svg, dx / k, dy / k);
  }

  private scroll(event: WheelEvent): void {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const [dx, dy] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
    this.scrollBy(dx * unit, dy * unit);
    this.moved(true);
  }
}

/** How far a stretch from `start` must move to lie inside of `size`, with a margin. */
function shift(start: number, length: number, size: number): number {
  if (start < margin || length > size - 2 * margin) return margin - start;
  const beyond = start + length - (size - margin);
  return beyond > 0 ? -beyond : 0;
}

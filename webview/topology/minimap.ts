import { render, svg } from 'lit-html';
import type { Layout } from './layout.ts';
import type { Scene, SceneNode } from './scene.ts';
import type { Viewport } from './viewport.ts';

const width = 64;
const padding = 4;
/** Free space above and below, within the picture. */
const outside = 8;
/** A box this small is still seen. */
const leastHeight = 1;

/** Shapes of a layout at the size of the map: data of paths. */
interface Outline {
  readonly cards: string;
  readonly norms: string;
  readonly height: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly layout: Layout;
}

/**
 * The whole picture at the right edge, squeezed where it is long, with a window around what is seen: a click or a drag brings the
 * picture there. Hidden while everything is seen. The keyboard has the tree and the search for the same.
 */
export class Minimap {
  private readonly element: SVGSVGElement;
  private readonly viewport: Viewport;
  private readonly moved: () => void;
  private outline: Outline | undefined;
  private scene: Scene | undefined;

  /** `moved`: the user brought the picture to another place. */
  constructor(place: HTMLElement, viewport: Viewport, moved: () => void) {
    this.viewport = viewport;
    this.moved = moved;
    this.element = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    this.element.classList.add('minimap');
    this.element.setAttribute('aria-hidden', 'true');
    place.append(this.element);
    this.element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.element.setPointerCapture(event.pointerId);
      this.goTo(event);
    });
    this.element.addEventListener('pointermove', (event) => {
      if (this.element.hasPointerCapture(event.pointerId)) this.goTo(event);
    });
    this.element.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.viewport.scrollBy(event.deltaX, event.deltaY);
      this.moved();
    });
  }

  /** Draws the map; `selected` are the nodes that stand out. */
  draw(
    scene: Scene | undefined,
    layout: Layout | undefined,
    selected: ReadonlySet<SceneNode>,
  ): void {
    const { transform, size } = this.viewport;
    const isNeeded = layout !== undefined && scene !== undefined && !this.seesAll(layout);
    this.element.style.display = isNeeded ? '' : 'none';
    if (!isNeeded) return;
    const outline = this.outlineOf(scene, layout, size.height);
    const { scaleX, scaleY, height } = outline;
    const x = (at: number) => padding + (at - layout.left) * scaleX;
    const y = (at: number) => padding + (at - layout.top) * scaleY;
    const left = Math.max(0.5, x(-transform.x / transform.k));
    const right = Math.min(width - 0.5, x((size.width - transform.x) / transform.k));
    const top = Math.max(0.5, y(-transform.y / transform.k));
    const bottom = Math.min(height - 0.5, y((size.height - transform.y) / transform.k));
    this.element.setAttribute('width', String(width));
    this.element.setAttribute('height', String(height));
    const marks = [...selected].map((node) => boxOf(node, outline, 2)).join('');
    render(
      svg`<line class="line" x1=${x(0)} y1=${padding} x2=${x(0)} y2=${height - padding}/>
        <path class="cards" d=${outline.cards}/><path class="norms" d=${outline.norms}/>
        <path class="marks" d=${marks}/>
        <rect class="window" x=${left} y=${top} width=${Math.max(2, right - left)}
          height=${Math.max(3, bottom - top)} rx="2"/>`,
      this.element,
    );
  }

  private seesAll({ left, right, top, bottom }: Layout): boolean {
    const { transform, size } = this.viewport;
    const { x, y, k } = transform;
    return (
      left * k + x >= 0 &&
      right * k + x <= size.width &&
      top * k + y >= 0 &&
      bottom * k + y <= size.height
    );
  }

  /** Made anew for another layout or another height only. */
  private outlineOf(scene: Scene, layout: Layout, available: number): Outline {
    const scaleX = (width - 2 * padding) / Math.max(1, layout.right - layout.left);
    const most = Math.max(40, available - 2 * outside - 2 * padding);
    const scaleY = Math.min(scaleX, most / Math.max(1, layout.bottom - layout.top));
    const height = (layout.bottom - layout.top) * scaleY + 2 * padding;
    const known = this.outline;
    if (known?.layout === layout && known.scaleY === scaleY && this.scene === scene) return known;
    const frame = { cards: '', norms: '', height, scaleX, scaleY, layout };
    const boxes = (isNorm: boolean) =>
      scene.nodes
        .filter(({ kind }) => (kind === 'norm') === isNorm && hasCard(kind))
        .map((node) => boxOf(node, frame, leastHeight))
        .join('');
    this.scene = scene;
    this.outline = { ...frame, cards: boxes(false), norms: boxes(true) };
    return this.outline;
  }

  /** Brings what is under the pointer to the middle. */
  private goTo(event: PointerEvent): void {
    const { outline, viewport } = this;
    if (!outline) return;
    const box = this.element.getBoundingClientRect();
    const { layout, scaleX, scaleY } = outline;
    viewport.centerOn({
      x: layout.left + (event.clientX - box.x - padding) / scaleX,
      y: layout.top + (event.clientY - box.y - padding) / scaleY,
    });
    this.moved();
  }
}

function hasCard(kind: SceneNode['kind']): boolean {
  return kind === 'layer' || kind === 'norm' || kind === 'group' || kind === 'residual';
}

function boxOf(node: SceneNode, outline: Outline, least: number): string {
  const { layout, scaleX, scaleY } = outline;
  const place = layout.places.get(node);
  if (!place) return '';
  const x = padding + (place.x - layout.left) * scaleX;
  const y = padding + (place.y - layout.top) * scaleY;
  const high = Math.max(least, node.height * scaleY);
  return `M${x.toFixed(1)} ${y.toFixed(1)}h${(node.width * scaleX).toFixed(1)}v${high.toFixed(1)}H${x.toFixed(1)}z`;
}

/** What a picture takes from the style sheet: presentation attributes of SVG that are also properties of CSS. */
const properties = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'display',
] as const;

/** Free space around a picture. */
const margin = 24;

let context: CanvasRenderingContext2D | null | undefined;

/** A colour as every program reads it: the browser computes `color(srgb …)` where colours were mixed. */
function plainColor(value: string): string {
  if (!value.startsWith('color(') && !value.startsWith('rgba(')) return value;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  context ??= canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return value;
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = value;
  context.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(0, 0, 1, 1).data;
  return `rgba(${r},${g},${b},${(a / 255).toFixed(3)})`;
}

export interface StandaloneSvg {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

/**
 * A drawing as a file of its own, in the colours of the theme and at actual size. The drawing must be on the page, for its styles
 * are read from there; transparent helpers are left out.
 */
export function standaloneSvg(
  drawing: SVGGElement,
  box: { left: number; right: number; top: number; bottom: number },
): StandaloneSvg {
  const copy = drawing.cloneNode(true) as SVGGElement;
  const originals = [drawing, ...drawing.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  const hidden: Element[] = [];
  for (const [i, element] of copies.entries()) {
    const styles = getComputedStyle(originals[i] ?? drawing);
    for (const name of properties) {
      const value = styles.getPropertyValue(name);
      element.setAttribute(name, name === 'fill' || name === 'stroke' ? plainColor(value) : value);
    }
    if (element.classList.contains('hit')) hidden.push(element);
    for (const name of ['class', 'tabindex', 'role']) element.removeAttribute(name);
  }
  for (const element of hidden) element.remove();
  copy.removeAttribute('transform');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const width = Math.ceil(box.right - box.left + 2 * margin);
  const height = Math.ceil(box.bottom - box.top + 2 * margin);
  const [left, top] = [box.left - margin, box.top - margin];
  svg.setAttribute('viewBox', `${left} ${top} ${width} ${height}`);
  svg.setAttribute('width', String(width));
  svg.setAttribute('height', String(height));
  const background = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of Object.entries({ x: left, y: top, width, height })) {
    background.setAttribute(name, String(value));
  }
  background.setAttribute('fill', plainColor(getComputedStyle(document.body).backgroundColor));
  svg.append(background, copy);
  const withoutComments = new XMLSerializer().serializeToString(svg).replaceAll(/<!--.*?-->/g, '');
  return { text: withoutComments, width, height };
}

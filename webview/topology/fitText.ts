/** Weights and sizes of the texts in the picture; the style sheet sets the same ones. */
const fonts = { title: '600 12px', detail: '400 11px' } as const;

export type TextStyle = keyof typeof fonts;

const ellipsis = '…';
const segmenter = new Intl.Segmenter();
const mostRemembered = 5000;
const remembered = new Map<string, string>();
let context: CanvasRenderingContext2D | null | undefined;
let family = '';

/** Takes the font of the page; to be called when the theme changes. */
export function useFontFamily(name: string): void {
  if (name === family) return;
  family = name;
  remembered.clear();
}

/** Width in pixels at actual size. */
export function widthOf(text: string, style: TextStyle): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * 6.5;
  context.font = `${fonts[style]} ${family || 'sans-serif'}`;
  return context.measureText(text).width;
}

/** The text, or as much of its beginning as fits into `width` pixels, with an ellipsis. */
export function fitText(text: string, width: number, style: TextStyle): string {
  const key = `${style} ${width} ${text}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  if (remembered.size > mostRemembered) remembered.clear();
  const fitted = shorten(text, width, style);
  remembered.set(key, fitted);
  return fitted;
}

function shorten(text: string, width: number, style: TextStyle): string {
  if (text.length < 400 && widthOf(text, style) <= width) return text;
  // By what a reader takes for a character, so that none is torn; no text of 400 units fits into a node.
  const characters = Array.from(segmenter.segment(text.slice(0, 400)), ({ segment }) => segment);
  let least = 0;
  let most = characters.length;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (widthOf(characters.slice(0, middle).join('') + ellipsis, style) <= width) least = middle;
    else most = middle - 1;
  }
  return characters.slice(0, least).join('') + ellipsis;
}

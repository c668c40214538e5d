/** Red, green and blue, each from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Colours from the lowest value to the highest, at even steps. */
interface Palettes {
  /** Lightness changes evenly: the same order for the colour-blind and in grey. The lowest value is next to the background. */
  readonly sequential: readonly Rgb[];
  /** Blue below nought, orange above, nought next to the background. */
  readonly diverging: readonly Rgb[];
}

const dark: Palettes = {
  // Viridis.
  sequential: [
    [68, 1, 84],
    [59, 82, 139],
    [33, 145, 140],
    [94, 201, 98],
    [253, 231, 37],
  ],
  diverging: [
    [86, 180, 255],
    [40, 100, 160],
    [52, 52, 54],
    [168, 92, 24],
    [255, 166, 64],
  ],
};

const light: Palettes = {
  // ColorBrewer's YlGnBu.
  sequential: [
    [255, 255, 217],
    [199, 233, 180],
    [65, 182, 196],
    [34, 94, 168],
    [8, 29, 88],
  ],
  diverging: [
    [5, 90, 160],
    [146, 197, 222],
    [240, 240, 240],
    [253, 184, 99],
    [200, 80, 0],
  ],
};

const highContrastDark: Palettes = {
  // Inferno from black to white.
  sequential: [
    [0, 0, 0],
    [101, 21, 110],
    [212, 72, 66],
    [250, 193, 39],
    [255, 255, 255],
  ],
  diverging: [
    [120, 220, 255],
    [0, 110, 190],
    [0, 0, 0],
    [200, 100, 0],
    [255, 220, 110],
  ],
};

const highContrastLight: Palettes = {
  sequential: [
    [255, 255, 255],
    [180, 205, 235],
    [85, 145, 205],
    [15, 74, 133],
    [0, 0, 0],
  ],
  diverging: [
    [0, 40, 110],
    [90, 150, 215],
    [255, 255, 255],
    [225, 130, 40],
    [110, 40, 0],
  ],
};

/** The palettes that suit the theme of the page, which VS Code tells by classes of its body. */
export function palettes(classes: DOMTokenList = document.body.classList): Palettes {
  if (classes.contains('vscode-high-contrast-light')) return highContrastLight;
  if (classes.contains('vscode-high-contrast')) return highContrastDark;
  return classes.contains('vscode-light') ? light : dark;
}

import { owningLine } from '../language/edit/owningLine.ts';
import type { LayerPlace } from './languageMethods.ts';

/**
 * The layer that a line of the model file belongs to: the one that begins there, or the nearest above whose line is indented
 * less. Several layers can begin on one line (the iterations of a Repeat): then `preferred` if it is one of them, else the
 * first.
 * @param lines the text of the file
 * @param line from 1
 */
export function layerAtLine(
  layers: readonly LayerPlace[],
  lines: readonly string[],
  line: number,
  preferred: string | null,
): string | null {
  const beginning = new Map<number, string[]>();
  for (const layer of layers) {
    const paths = beginning.get(layer.line);
    if (paths) paths.push(layer.path);
    else beginning.set(layer.line, [layer.path]);
  }
  const own = owningLine(lines, line, (at) => beginning.has(at));
  const paths = own === undefined ? [] : beginning.get(own)!;
  return preferred !== null && paths.includes(preferred) ? preferred : (paths[0] ?? null);
}

/** The line of a layer, or of the nearest container that has one; undefined for an unknown path. */
export function lineOfLayer(layers: readonly LayerPlace[], path: string): number | undefined {
  for (let name = path; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const place = layers.find((layer) => layer.path === name);
    if (place) return place.line;
  }
  return undefined;
}

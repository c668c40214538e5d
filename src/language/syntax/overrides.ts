import { isCollection, isMap, isScalar, Pair, Scalar, YAMLMap, type Document } from 'yaml';
import { nearest } from './nearest.ts';
import { parseYaml } from './yaml.ts';

/**
 * Applies overrides `path=value` to a parsed file: `let.depth=8`, `train.data.text=f.txt`, `layers.0.Embedding=64`. The value
 * is read as YAML. Maps on the way that the file does not have are made; a name in `let` must be there already, because a
 * misspelt one would silently change nothing. `report` takes the message of each override that cannot be applied.
 */
export function applyOverrides(
  document: Document.Parsed,
  overrides: readonly string[],
  report: (message: string) => void,
): void {
  for (const override of overrides) {
    const message = applyOverride(document, override);
    if (message !== undefined) report(message);
  }
}

function applyOverride(document: Document.Parsed, override: string): string | undefined {
  const equals = override.indexOf('=');
  const path = override.slice(0, Math.max(equals, 0)).trim();
  const keys = path.split('.');
  if (equals < 1 || keys.some((key) => key === '')) {
    return `override '${override}': write path=value, e.g. let.depth=8`;
  }
  const value = parseYaml(override.slice(equals + 1));
  if (value === undefined) return `override '${path}': the value nests too deeply`;
  const [error] = value.errors;
  if (error) return `override '${override}': the value is not valid YAML: ${error.message}`;
  const place = findPlace(document, keys);
  if (typeof place === 'string') return `override '${override}': ${place}`;
  place(value.contents);
  return undefined;
}

/** How to set the value at `keys`, or why it cannot be set. */
function findPlace(
  document: Document.Parsed,
  keys: readonly string[],
): string | ((value: unknown) => void) {
  const [first] = keys;
  const lets = document.get('let');
  if (first === 'let' && keys[1] !== undefined && !(isMap(lets) && lets.has(keys[1]))) {
    const names = isMap(lets) ? lets.items.map((pair) => keyText(pair.key)) : [];
    const near = nearest(keys[1], names);
    return `let has no '${keys[1]}'${near === undefined ? '' : `; did you mean '${near}'?`}`;
  }
  if (!isMap(document.contents)) return 'the file is no map';
  let holder: unknown = document.contents;
  for (const [index, key] of keys.entries()) {
    if (!isCollection(holder)) return `${keys.slice(0, index).join('.')} is a single value`;
    const collection = holder;
    const own = isMap(collection) ? key : Number(key);
    if (typeof own === 'number' && !(Number.isInteger(own) && own >= 0 && collection.has(own))) {
      return `${keys.slice(0, index).join('.')} is a list without an entry ${key}`;
    }
    const put = (value: unknown): void => {
      if (isMap(collection) && !collection.has(own)) {
        collection.add(new Pair(new Scalar(own), value));
      } else {
        collection.set(own, value);
      }
    };
    if (index === keys.length - 1) return put;
    holder = collection.get(own, true);
    if (holder === undefined || (isScalar(holder) && holder.value === null)) {
      holder = new YAMLMap(document.schema);
      put(holder);
    }
  }
  return 'the path is empty';
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

import * as l10n from '@vscode/l10n';
import { isCollection, isMap, isScalar, Pair, Scalar, YAMLMap, type Document } from 'yaml';
import { withNearest } from './nearest.ts';
import { parseYaml } from './yaml.ts';
import { yamlMessage } from './yamlMessages.ts';

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
    return l10n.t("override '{0}': write path=value, e.g. let.depth=8", override);
  }
  const value = parseYaml(override.slice(equals + 1));
  if (value === undefined) return l10n.t("override '{0}': the value nests too deeply", path);
  const [error] = value.errors;
  if (error)
    return l10n.t(
      "override '{0}': the value is not valid YAML: {1}",
      override,
      yamlMessage(error.message),
    );
  const place = findPlace(document, keys);
  if (typeof place === 'string') return l10n.t("override '{0}': {1}", override, place);
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
    return withNearest(l10n.t("let has no '{0}'", keys[1]), keys[1], names);
  }
  if (!isMap(document.contents)) return l10n.t('the file is no map');
  let holder: unknown = document.contents;
  for (const [index, key] of keys.entries()) {
    if (!isCollection(holder))
      return l10n.t('{0} is a single value', keys.slice(0, index).join('.'));
    const collection = holder;
    const own = isMap(collection) ? key : Number(key);
    if (typeof own === 'number' && !(Number.isInteger(own) && own >= 0 && collection.has(own))) {
      return l10n.t('{0} is a list without an entry {1}', keys.slice(0, index).join('.'), key);
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
  return l10n.t('the path is empty');
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

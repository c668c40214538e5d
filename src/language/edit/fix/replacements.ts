import * as l10n from '@vscode/l10n';
import { layerRegistry } from '../../layers/registry.ts';
import type { ArgumentSpec } from '../../layers/arguments.ts';
import type { Fix } from '../../syntax/diagnostic.ts';
import type { Range } from '../../syntax/tree.ts';
import type { Mark } from '../marks.ts';

/** Numbers around a wrong one that are worth a try. */
const mostNumbers = 12;

/** A name like the given one that is free: letters, digits, - and _. */
export function otherName(name: string, taken: ReadonlySet<string>): string {
  const plain = name.replaceAll(/[^\w-]+/g, '_').slice(0, 60);
  const base = /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
  if (base !== name && !taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}_${number}`)) number++;
  return `${base}_${number}`;
}

/** `true` for 1 and yes, `false` for 0 and no, where one of both belongs. */
export function* wordFor(mark: Mark | undefined, range: Range): Generator<Fix> {
  const spec = specOf(mark);
  if (spec?.kind.type !== 'flag' || mark?.node.kind !== 'scalar') return;
  const word = { 1: 'true', yes: 'true', on: 'true', 0: 'false', no: 'false', off: 'false' };
  const text = Object.entries(word).find(([key]) => key === mark.text.toLowerCase())?.[1];
  if (text === undefined) return;
  yield { title: l10n.t("Change to '{0}'", text), edits: [{ range, text }] };
}

/** The numbers nearest to a wrong one, the default first. */
export function* nearNumbers(
  mark: Mark | undefined,
  range: Range,
  lines: readonly string[],
): Generator<Fix> {
  const spec = specOf(mark);
  const { start, end } = range;
  const written = (lines[start.line - 1] ?? '').slice(start.column - 1, end.column - 1);
  const number = Number(written);
  if (start.line !== end.line || written.trim() === '' || !Number.isFinite(number)) return;
  const standard = spec?.fallback.kind === 'value' ? spec.fallback.value : undefined;
  const around = Array.from({ length: mostNumbers }, (_, index) => index + 1).flatMap((step) => [
    Math.ceil(number) - step,
    Math.floor(number) + step,
  ]);
  const isWhole = Number.isInteger(number);
  const values = [...(typeof standard === 'number' ? [standard] : []), ...(isWhole ? around : [])];
  for (const value of new Set(values)) {
    if (value === number || value < -1) continue;
    yield { title: l10n.t('Change to {0}', value), edits: [{ range, text: String(value) }] };
  }
}

function specOf(mark: Mark | undefined): ArgumentSpec | undefined {
  if (mark?.place.kind === 'value') return mark.place.spec;
  if (mark?.place.kind !== 'arguments' || mark.role !== 'value') return undefined;
  return mark.place.of.arguments[mark.place.of.positional ?? ''];
}

/** The required arguments of a layer as they stand behind its colon, sizes being `size`; undefined where there are none. */
export function requiredArguments(type: string, size: string): string | undefined {
  const layer = layerRegistry.get(type);
  if (layer === undefined) return undefined;
  const needed = Object.entries(layer.arguments).filter(
    ([, { fallback }]) => fallback.kind === 'required',
  );
  const values = needed.map(([name, spec]) => [name, firstValue(spec, size)] as const);
  if (values.length === 0 || values.some(([, value]) => value === undefined)) return undefined;
  const [[only, value] = []] = values;
  if (values.length === 1 && only === layer.positional) return value;
  return `{ ${values.map(([name, one]) => `${name}: ${one ?? ''}`).join(', ')} }`;
}

function firstValue({ kind }: ArgumentSpec, size: string): string | undefined {
  switch (kind.type) {
    case 'integer':
      return kind.min > 1 ? String(kind.min) : size;
    case 'integers':
      return size;
    case 'choice':
      return kind.options[0];
    case 'layers':
      return '[GELU]';
    default:
      return undefined;
  }
}

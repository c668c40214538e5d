import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';
import type { ForwardModel, Tap } from '../graph/model.ts';
import { sizeOf, type Value } from '../graph/types.ts';

/** Elements of a tap that somebody gave instead of what its layer computes. */
export interface Overwrite {
  /** `<path>.<tap>` */
  readonly tap: string;
  /** By their places in row-major order. */
  readonly elements: ReadonlyMap<number, number>;
}

/** Taps that say what has left their layer: everybody reads what was written. Of other taps the layer itself does. */
const outward: readonly string[] = ['out', 'sum'];

/**
 * The model with elements of some taps given. What is computed from a tap is computed from what was given: of `out` and `sum`
 * everything, of `in`, `skip` and `branch` what the layer itself computes. No gradient flows to a given element, as in PyTorch to
 * one that was assigned.
 *
 * Appends to the model's builder. Throws `bad-edit` where there is no such tap, or nothing is computed from it.
 */
export function overwrite(model: ForwardModel, writes: readonly Overwrite[]): ForwardModel {
  return writes.reduce(overwriteOne, model);
}

function overwriteOne(model: ForwardModel, { tap: name, elements }: Overwrite): ForwardModel {
  const place = model.taps.findIndex((candidate) => `${candidate.path}.${candidate.name}` === name);
  const tap = model.taps[place];
  if (tap?.value.dtype !== 'float32')
    throw refusal(l10n.t('there is no {0} that holds numbers', name));
  const { builder: g } = model;
  const isOutward = outward.includes(tap.name);
  const reads = readerOf(tap);
  const { value } = tap;
  const first = g.nodes.findIndex((node) => node.inputs.includes(value) && reads(node.origin.path));
  const isResult = isOutward && [model.output, model.loss].includes(value);
  if (first < 0 && !isResult)
    throw refusal(l10n.t('nothing is computed from {0}: set what is', name));
  const rest = g.nodes.splice(first < 0 ? g.nodes.length : first);
  const line = model.layers.find(({ path }) => path === tap.path)?.line ?? 0;
  const given = g.within({ stage: 'forward', path: tap.path, line }, () =>
    g.op('Where', [...constantsOf(model, value, elements), value]),
  );
  const replaced = (read: Value): Value => (read === value ? given : read);
  g.nodes.push(
    ...rest.map((node) =>
      reads(node.origin.path) ? { ...node, inputs: node.inputs.map(replaced) } : node,
    ),
  );
  const seen = (path: string, read: Value): Value => (reads(path) ? replaced(read) : read);
  return {
    ...model,
    // A layer that only passes its input on leaves its own input, and the output of the layer before, as they were.
    taps: model.taps.map((other, index) =>
      isOutward && index < place ? other : { ...other, value: seen(other.path, other.value) },
    ),
    norms: model.norms.map((site) => ({ ...site, input: seen(site.path, site.input) })),
    residuals: model.residuals.map((site) => ({
      ...site,
      skip: seen(site.path, site.skip),
      branch: seen(site.path, site.branch),
    })),
    output: isResult ? replaced(model.output) : model.output,
  };
}

/** Whose nodes read what is given for a tap, by their layer's path. */
function readerOf({ path, name }: Tap): (reader: string) => boolean {
  if (outward.includes(name)) return () => true;
  // Beside a residual's own skip, its norm may read the very same value.
  return (reader) => reader === path || (name === 'in' && reader.startsWith(`${path}.`));
}

function constantsOf(
  { builder: g }: ForwardModel,
  { shape }: Value,
  elements: ReadonlyMap<number, number>,
): readonly [Value, Value] {
  const places = new Uint8Array(sizeOf(shape));
  const values = new Float32Array(places.length);
  for (const [index, element] of elements) {
    places[index] = 1;
    values[index] = element;
  }
  return [g.constant('bool', shape, places), g.constant('float32', shape, values)];
}

function refusal(what: string): NormscopeError {
  return new NormscopeError('input', 'bad-edit', l10n.t('This cannot be set: {0}.', what));
}

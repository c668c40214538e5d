import type { ArgumentSpec } from '../layers/arguments.ts';
import { dataSources } from '../layers/dataSources.ts';
import type { LayerDefinition } from '../layers/definition.ts';
import { initializers } from '../layers/initializers.ts';
import { losses } from '../layers/losses.ts';
import { optimizers } from '../layers/optimizers.ts';
import { layerRegistry } from '../layers/registry.ts';
import type { Arguments } from '../layers/values.ts';
import { scheduleArguments, trainingNumbers } from '../check/training.ts';
import { commonKeys } from '../check/uses.ts';
import { entryOf, type SyntaxMap } from '../syntax/tree.ts';

/** Something that is chosen by name and takes arguments: a loss, an optimizer, data, an initializer. */
export interface Kind extends Arguments {
  readonly doc: string;
  readonly url?: string;
}

/** What belongs at a place of a model file. */
export type Place =
  | {
      readonly kind:
        | 'file'
        | 'model'
        | 'let'
        | 'formula'
        | 'defines'
        | 'inits'
        | 'train'
        | 'name'
        | 'path'
        | 'parameterPath'
        | 'unknown';
    }
  /** A list of layers, or one layer that stands for a list of one. */
  | { readonly kind: 'layers' }
  /** One layer; of a category where only that may stand, and then `none` may stand, too. */
  | { readonly kind: 'layer'; readonly category?: 'norm' | 'activation' }
  /** What stands behind the type of a layer (`layer`; `define` for a use of a define), or behind a kind's name. */
  | {
      readonly kind: 'arguments';
      readonly of: Arguments;
      readonly layer?: LayerDefinition | 'define';
    }
  | {
      readonly kind: 'value';
      readonly of: Arguments;
      readonly name: string;
      readonly spec: ArgumentSpec;
    }
  /** A map by the names of a layer's trained parameters. */
  | {
      readonly kind: 'parameters';
      readonly holds: 'init' | 'share';
      readonly layer: LayerDefinition | undefined;
    }
  /** One of several kinds, with its arguments. */
  | { readonly kind: 'kinds'; readonly what: string; readonly kinds: ReadonlyMap<string, Kind> };

const unknown: Place = { kind: 'unknown' };

/** The sections of a model file, and what they hold. */
export const fileKeys = {
  model: { doc: "The model's name.", place: { kind: 'model' } },
  let: {
    doc: 'Values by name: numbers, formulas, true or false, words such as `pre`.',
    place: { kind: 'let' },
  },
  define: {
    doc: 'Lists of layers by name, to be used like a layer.',
    place: { kind: 'defines' },
  },
  init: {
    doc: 'Initializers by layer type and parameter; a layer’s own `init` goes first.',
    place: { kind: 'inits' },
  },
  layers: { doc: 'The layers, in order.', place: { kind: 'layers' } },
  train: { doc: 'Data, loss, optimizer and how long to train.', place: { kind: 'train' } },
} as const satisfies Readonly<Record<string, { readonly doc: string; readonly place: Place }>>;

const schedule: Arguments = { type: 'schedule', arguments: scheduleArguments };
const training: Arguments = { type: 'train', arguments: trainingNumbers };

/** The parts of `train:`, and what they hold. */
export const trainingKeys: Readonly<
  Record<string, { readonly doc: string; readonly place: Place }>
> = {
  data: {
    doc: 'Where batches come from.',
    place: { kind: 'kinds', what: 'data', kinds: dataSources },
  },
  loss: { doc: 'What is minimized.', place: { kind: 'kinds', what: 'loss', kinds: losses } },
  optimizer: {
    doc: 'How gradients change the parameters.',
    place: { kind: 'kinds', what: 'optimizer', kinds: optimizers },
  },
  schedule: {
    doc: 'The learning rate over the steps.',
    place: { kind: 'arguments', of: schedule },
  },
  ...Object.fromEntries(
    Object.entries(trainingNumbers).map(([name, spec]) => [
      name,
      { doc: spec.doc, place: { kind: 'value', of: training, name, spec } },
    ]),
  ),
};

const initializerPlace: Place = { kind: 'kinds', what: 'initializer', kinds: initializers };

/** What belongs behind `key` of a map that stands at `place`. `defines`: the names of the file's defines. */
export function placeUnder(
  place: Place,
  map: SyntaxMap,
  key: string,
  defines: ReadonlySet<string>,
): Place {
  switch (place.kind) {
    case 'file':
      return own(fileKeys, key)?.place ?? unknown;
    case 'train':
      return own(trainingKeys, key)?.place ?? unknown;
    case 'let':
      return { kind: 'formula' };
    case 'defines':
      return { kind: 'layers' };
    case 'layers':
    case 'layer':
      return commonPlace(key, layerIn(map, defines)) ?? argumentsOf(key, defines);
    case 'arguments':
      return argumentPlace(place, key);
    case 'parameters':
      return place.holds === 'init' ? initializerPlace : { kind: 'parameterPath' };
    case 'inits':
      return { kind: 'parameters', holds: 'init', layer: layerRegistry.get(key) };
    case 'kinds':
      return kindPlace(place.kinds, map, key);
    case 'value':
      return isLayers(place) ? placeUnder(layersIn(place), map, key, defines) : unknown;
    default:
      return unknown;
  }
}

/** What belongs into a list that stands at `place`. */
export function placeOfItem(place: Place): Place {
  if (place.kind === 'layers') return { kind: 'layer' };
  if (place.kind !== 'value') return unknown;
  switch (place.spec.kind.type) {
    case 'layers':
      return { kind: 'layer' };
    case 'references':
      return { kind: 'path' };
    case 'integers':
    case 'numbers':
      return place;
    default:
      return unknown;
  }
}

/** The same place, said as one layer, one path or a list of layers where an argument's value is one. */
export function plainPlace(place: Place): Place {
  if (place.kind === 'layers') return { kind: 'layer' };
  if (place.kind !== 'value') return place;
  const { type } = place.spec.kind;
  if (type === 'reference') return { kind: 'path' };
  return isLayers(place) ? plainPlace(layersIn(place)) : place;
}

type ValuePlace = Extract<Place, { readonly kind: 'value' }>;

function isLayers({ spec }: ValuePlace): boolean {
  return spec.kind.type === 'layers' || spec.kind.type === 'layer';
}

function layersIn({ spec }: ValuePlace): Place {
  return spec.kind.type === 'layer'
    ? { kind: 'layer', category: spec.kind.category }
    : { kind: 'layers' };
}

/** The layer or define that a map of a type and common keys is a use of. */
function layerIn(map: SyntaxMap, defines: ReadonlySet<string>): LayerDefinition | undefined {
  const type = map.entries.find(({ key }) => !isCommon(key))?.key ?? '';
  return defines.has(type) ? undefined : layerRegistry.get(type);
}

function isCommon(key: string): boolean {
  return commonKeys.some((common) => common === key);
}

function commonPlace(key: string, layer: LayerDefinition | undefined): Place | undefined {
  switch (key) {
    case 'name':
      return { kind: 'name' };
    case 'from': {
      const spec = layer && own(layer.arguments, 'from');
      return spec ? { kind: 'value', of: layer, name: 'from', spec } : { kind: 'path' };
    }
    case 'init':
    case 'share':
      return { kind: 'parameters', holds: key, layer };
    default:
      return undefined;
  }
}

function argumentsOf(type: string, defines: ReadonlySet<string>): Place {
  if (defines.has(type)) {
    return { kind: 'arguments', of: { type, arguments: {} }, layer: 'define' };
  }
  const layer = layerRegistry.get(type);
  return layer ? { kind: 'arguments', of: layer, layer } : unknown;
}

function argumentPlace(place: Extract<Place, { readonly kind: 'arguments' }>, key: string): Place {
  const { of, layer } = place;
  const spec = own(of.arguments, key);
  if (spec) return { kind: 'value', of, name: key, spec };
  if (layer === undefined) return unknown;
  return commonPlace(key, layer === 'define' ? undefined : layer) ?? unknown;
}

/** Data with a positional argument is written flat: `{ text: file, context: 64 }`. */
function kindPlace(kinds: ReadonlyMap<string, Kind>, map: SyntaxMap, key: string): Place {
  const flat = flatKind(kinds, map);
  if (flat) return argumentPlace({ kind: 'arguments', of: flat }, key);
  const kind = kinds.get(key);
  return kind ? { kind: 'arguments', of: kind } : unknown;
}

/** The kind whose arguments stand directly in `map`, its positional one under the kind's name. */
export function flatKind(kinds: ReadonlyMap<string, Kind>, map: SyntaxMap): Kind | undefined {
  return [...kinds.values()].find(
    ({ type, positional }) => type === positional && entryOf(map, type) !== undefined,
  );
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

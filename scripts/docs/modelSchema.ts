import type {
  ArgumentKind,
  ArgumentSpec,
  ArgumentSpecs,
} from '../../src/language/layers/arguments.ts';
import { scheduleArguments, trainingNumbers } from '../../src/language/check/training.ts';
import { dataSources } from '../../src/language/layers/dataSources.ts';
import type { LayerDefinition } from '../../src/language/layers/definition.ts';
import { initializers } from '../../src/language/layers/initializers.ts';
import { losses } from '../../src/language/layers/losses.ts';
import { optimizers } from '../../src/language/layers/optimizers.ts';
import { layerDefinitions } from '../../src/language/layers/registry.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The part of a definition that a schema is made of. */
interface Described {
  readonly type: string;
  readonly positional?: string;
  readonly arguments: ArgumentSpecs;
}

/**
 * The JSON schema of model files, for editors that complete and check YAML by one. It is wider than the checker: a number may be
 * a formula, and a layer the name of a define.
 */
export function modelSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Normscope model',
    type: 'object',
    required: ['layers', 'train'],
    additionalProperties: false,
    properties: {
      model: { type: 'string', description: "The model's name." },
      let: {
        type: 'object',
        description: 'Values that formulas and arguments can use by name.',
        additionalProperties: { type: ['number', 'string', 'boolean'] },
      },
      define: {
        type: 'object',
        description: 'Lists of layers that can be used like a layer.',
        additionalProperties: reference('layers'),
      },
      init: {
        type: 'object',
        description: 'Initializers by layer type and parameter.',
        additionalProperties: false,
        properties: initProperties(),
      },
      layers: { ...reference('layers'), description: 'The layers of the model in order.' },
      train: train(),
    },
    definitions: {
      formula: {
        description: 'A number, or a formula over names of let.',
        type: ['number', 'string'],
      },
      path: { description: 'The path of a layer.', type: ['string', 'integer'] },
      initializer: namedSchema([...initializers.values()]),
      norm: layersOf('norm'),
      activation: layersOf('activation'),
      layers: { anyOf: [{ type: 'array', items: reference('layer') }, reference('layer')] },
      layer: {
        anyOf: [
          {
            enum: layerDefinitions
              .filter((layer) => !needsArguments(layer))
              .map(({ type }) => type),
          },
          { type: 'string', description: 'A define.' },
          {
            type: 'object',
            properties: {
              ...Object.fromEntries(layerDefinitions.map((layer) => [layer.type, useOf(layer)])),
              ...commonKeys,
            },
          },
        ],
      },
    },
  };
}

const commonKeys: Schema = {
  name: {
    type: 'string',
    pattern: '^[A-Za-z_][A-Za-z0-9_-]*$',
    description: "The layer's name in its path; its index by default.",
  },
  from: { description: 'The layer whose output this one takes; by default the one before it.' },
  init: {
    type: 'object',
    description: 'Initializers by parameter.',
    additionalProperties: { $ref: '#/definitions/initializer' },
  },
  share: {
    type: 'object',
    description: 'Parameters of other layers to use in place of own ones, by parameter.',
    additionalProperties: { type: 'string' },
  },
};

function layerKeys(definition: Described): Schema {
  return { ...argumentProperties(definition), ...commonKeys };
}

function reference(name: string): Schema {
  return { $ref: `#/definitions/${name}` };
}

function needsArguments(definition: Described): boolean {
  return Object.values(definition.arguments).some((spec) => spec.fallback.kind === 'required');
}

/** One layer of a category, or none. */
function layersOf(category: LayerDefinition['category']): Schema {
  const found = layerDefinitions.filter((layer) => layer.category === category);
  return namedSchema(found, ['none'], layerKeys);
}

/** What may stand behind a layer's type. */
function useOf(layer: LayerDefinition): Schema {
  return { description: layer.doc.summary, ...valuesOf(layer, layerKeys(layer)) };
}

/** The positional argument alone, or a map of arguments. */
function valuesOf(definition: Described, properties: Schema): Schema {
  const map: Schema = { type: 'object', additionalProperties: false, properties };
  const { positional } = definition;
  const spec = positional === undefined ? undefined : definition.arguments[positional];
  const alternatives: Schema[] = spec ? [kindSchema(spec.kind), map] : [map];
  if (!needsArguments(definition)) alternatives.push({ type: 'null' });
  return { anyOf: alternatives };
}

function argumentProperties(definition: Described): Schema {
  return Object.fromEntries(
    Object.entries(definition.arguments).map(([name, spec]) => [name, argumentSchema(spec)]),
  );
}

function argumentSchema(spec: ArgumentSpec): Schema {
  const { fallback, doc } = spec;
  const standard = fallback.kind === 'value' ? { default: fallback.value } : {};
  return { description: doc, ...kindSchema(spec.kind), ...standard };
}

function kindSchema(kind: ArgumentKind): Schema {
  switch (kind.type) {
    case 'integer':
    case 'number':
      return reference('formula');
    case 'numberOrWord':
      return { anyOf: [{ enum: kind.words }, { type: ['number', 'string', 'null'] }] };
    case 'flag':
      return { type: ['boolean', 'string'] };
    case 'choice':
      return { anyOf: [{ enum: kind.options }, { type: ['string', 'boolean'] }] };
    case 'integers': {
      const one = reference('formula');
      const items = kind.nullable ? { anyOf: [one, { type: 'null' }] } : one;
      return { anyOf: [{ type: 'array', items }, one] };
    }
    case 'numbers': {
      const { count } = kind;
      if (count === undefined) {
        return { anyOf: [{ type: 'array', items: reference('formula') }, reference('formula')] };
      }
      return { type: 'array', items: reference('formula'), minItems: count, maxItems: count };
    }
    case 'text':
      return { type: 'string' };
    case 'texts':
      return { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'string' }] };
    case 'reference':
      return reference('path');
    case 'references':
      return { type: 'array', items: reference('path'), minItems: 2 };
    case 'layer':
      return reference(kind.category);
    case 'layers':
      return reference('layers');
  }
}

/** `Name`, or `{ Name: arguments }`. */
function namedSchema(
  definitions: readonly Described[],
  words: readonly string[] = [],
  properties: (definition: Described) => Schema = argumentProperties,
): Schema {
  return {
    anyOf: [
      { enum: [...words, ...definitions.map(({ type }) => type)] },
      {
        type: 'object',
        additionalProperties: false,
        maxProperties: 1,
        properties: Object.fromEntries(
          definitions.map((one) => [one.type, valuesOf(one, properties(one))]),
        ),
      },
    ],
  };
}

function initProperties(): Schema {
  const withParameters = layerDefinitions.filter((layer) => layer.parameters.length > 0);
  return Object.fromEntries(
    withParameters.map((layer) => [
      layer.type,
      {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(
          layer.parameters.map((name) => [name, reference('initializer')]),
        ),
      },
    ]),
  );
}

function train(): Schema {
  return {
    type: 'object',
    description: 'How to train.',
    additionalProperties: false,
    required: ['data'],
    properties: {
      data: dataSchema(),
      loss: namedSchema([...losses.values()]),
      optimizer: namedSchema([...optimizers.values()]),
      schedule: {
        anyOf: [
          { enum: ['constant'] },
          {
            type: 'object',
            additionalProperties: false,
            properties: argumentProperties({ type: 'schedule', arguments: scheduleArguments }),
          },
        ],
      },
      ...argumentProperties({ type: 'train', arguments: trainingNumbers }),
    },
  };
}

/** Kinds with a positional argument stand flat: `{ text: file, context: 64 }`; the others nested: `{ sort: { length: 8 } }`. */
function dataSchema(): Schema {
  const kinds = [...dataSources.values()];
  const flat = kinds.filter((kind) => kind.positional !== undefined);
  const nested = kinds.filter((kind) => kind.positional === undefined);
  return {
    anyOf: [
      ...flat.map((kind) => ({
        type: 'object',
        description: kind.doc,
        required: [kind.positional],
        additionalProperties: false,
        properties: argumentProperties(kind),
      })),
      namedSchema(nested),
    ],
  };
}

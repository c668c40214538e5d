import * as l10n from '@vscode/l10n';
import {
  defaultValue,
  integer,
  number,
  optional,
  type ArgumentSpecs,
  type ValuesOf,
} from '../layers/arguments.ts';
import { dataSources } from '../layers/dataSources.ts';
import { losses } from '../layers/losses.ts';
import { optimizers } from '../layers/optimizers.ts';
import type { Reader } from '../layers/reader.ts';
import type { DataSourceDefinition } from '../layers/sourceDefinition.ts';
import { givenArguments, readArguments, type Arguments } from '../layers/values.ts';
import type {
  DataSettings,
  LossSettings,
  OptimizerSettings,
  ScheduleSettings,
  TrainingSettings,
} from '../settings.ts';
import { nearestFix, withNearest } from '../syntax/nearest.ts';
import { readSection } from './sections.ts';
import {
  isEmpty,
  type Range,
  type SyntaxEntry,
  type SyntaxMap,
  type SyntaxNode,
} from '../syntax/tree.ts';

const defaultSteps = 1000;
const defaultValidation = 500;

/** The plain numbers of `train:`. */
export const trainingNumbers = {
  clip_grad_norm: optional(
    number('Largest 2-norm of all gradients together; larger ones are scaled down.', {
      min: 0,
      includes: 'none',
    }),
    'no clipping',
  ),
  accumulate: integer('Batches whose gradients are averaged into one step.', {
    fallback: defaultValue(1),
  }),
  batch: integer('Sequences or cases in a batch.', { fallback: defaultValue(32) }),
  steps: optional(integer('Steps to train.'), '1000, or those of `epochs`'),
  epochs: optional(
    integer(
      'Passes over the training part; with `steps`, what is reached first ends the training.',
    ),
    'no limit',
  ),
  seed: integer('Seed of first parameters, shuffling and dropout.', {
    min: 0,
    fallback: defaultValue(0),
  }),
  validate_every: optional(
    integer('Steps between validations; 0 validates at the end only.', { min: 0 }),
    '500, or an epoch where the data has epochs',
  ),
  checkpoint_every: integer(
    'Steps between checkpoints; 0 writes them by time and at the end only.',
    {
      min: 0,
      fallback: defaultValue(500),
    },
  ),
} satisfies ArgumentSpecs;

/** `schedule:` of the learning rate. */
export const scheduleArguments = {
  warmup: integer('Steps over which the learning rate rises to lr.', {
    min: 0,
    fallback: defaultValue(0),
  }),
  cosine_to: optional(
    number('Learning rate at the last step, reached along a half cosine.', { min: 0 }),
    'constant after the warm-up',
  ),
} satisfies ArgumentSpecs;

/** Keys of `train:` that are read by rules of their own. */
export const trainingParts = ['data', 'loss', 'optimizer', 'schedule'] as const;

/** `train:` without the data, as far as it is right; what is absent was reported. */
export interface TrainingParts {
  readonly loss: LossSettings | undefined;
  readonly optimizer: OptimizerSettings | undefined;
  readonly schedule: ScheduleSettings | undefined;
  readonly numbers: Partial<ValuesOf<typeof trainingNumbers>>;
}

/** Reads everything under `train:` but the data. `range` is where to report that something is missing. */
export function readTraining(
  map: SyntaxMap | undefined,
  range: Range,
  reader: Reader,
): TrainingParts {
  const entry = (key: string) => map?.entries.find((candidate) => candidate.key === key);
  const definition: Arguments = { type: 'train', arguments: trainingNumbers };
  const isNumber = ({ key }: SyntaxEntry): boolean => Object.hasOwn(trainingNumbers, key);
  const given = { entries: map?.entries.filter(isNumber) ?? [], range };
  const keys = [...trainingParts, ...Object.keys(trainingNumbers)];
  if (map) readSection(map, keys, 'train', (...problem) => reader.report(...problem));
  return {
    loss: readKind(entry('loss'), losses, 'CrossEntropyLoss', 'loss', reader),
    optimizer: readKind(entry('optimizer'), optimizers, 'AdamW', 'optimizer', reader),
    schedule: readSchedule(entry('schedule'), range, reader),
    numbers: readArguments(definition, given, reader).values,
  };
}

/** Puts the parts together; undefined when one of them is missing. `samples`: how many the data has to train on, if it has an end. */
export function completeTraining(
  data: DataSettings | undefined,
  parts: TrainingParts,
  samples: number | undefined,
): TrainingSettings | undefined {
  const { loss, optimizer, schedule } = parts;
  const { clip_grad_norm: clipGradNorm, accumulate, batch, seed, epochs } = parts.numbers;
  const { validate_every: validateEvery, checkpoint_every: checkpointEvery } = parts.numbers;
  if (!data || !loss || !optimizer || !schedule) return undefined;
  if (accumulate === undefined || batch === undefined) return undefined;
  if (seed === undefined || checkpointEvery === undefined) return undefined;
  const stepsPerEpoch =
    samples === undefined ? undefined : Math.max(1, Math.floor(samples / (batch * accumulate)));
  const ofEpochs = epochs && stepsPerEpoch && epochs * stepsPerEpoch;
  const steps = Math.min(parts.numbers.steps ?? ofEpochs ?? defaultSteps, ofEpochs ?? Infinity);
  return {
    data,
    loss,
    optimizer,
    schedule,
    ...(clipGradNorm !== undefined && { clipGradNorm }),
    accumulate,
    batch,
    steps,
    ...(stepsPerEpoch !== undefined && { stepsPerEpoch }),
    seed,
    validateEvery: validateEvery ?? stepsPerEpoch ?? defaultValidation,
    checkpointEvery,
  };
}

/** A definition that makes settings out of its arguments. */
interface KindDefinition<Settings> extends Arguments {
  settings(values: Readonly<Record<string, unknown>>): Settings | string;
}

/** `AdamW` or `{ AdamW: { lr: 1e-3 } }`. */
function readKind<Settings>(
  entry: SyntaxEntry | undefined,
  kinds: ReadonlyMap<string, KindDefinition<Settings>>,
  standard: string,
  what: string,
  reader: Reader,
): Settings | undefined {
  const named = entry === undefined || isEmpty(entry.value) ? undefined : nameIn(entry.value);
  if (entry !== undefined && named === undefined && !isEmpty(entry.value)) {
    const message = l10n.t(
      '{0} is one of {1}, e.g. {0}: {2}',
      what,
      [...kinds.keys()].join(', '),
      standard,
    );
    reader.report('wrong-kind', message, entry.value.range);
    return undefined;
  }
  const name = named?.key ?? standard;
  const range = named?.keyRange ?? entry?.keyRange;
  const definition = kinds.get(name);
  if (definition === undefined) {
    const known = [...kinds.keys()];
    if (named) {
      const unknown = l10n.t("there is no {0} '{1}'", what, name);
      const listed = l10n.t('{0}; there are {1}', unknown, known.join(', '));
      const message = withNearest(unknown, name, known, listed);
      const fixes = nearestFix(name, known, named.keyRange);
      reader.report('bad-value', message, named.keyRange, fixes);
    }
    return undefined;
  }
  return settingsOf(definition, named?.value, range, reader);
}

/** Reads the arguments behind `definition`'s name and makes settings of them. */
function settingsOf<Settings>(
  definition: KindDefinition<Settings>,
  node: SyntaxNode | undefined,
  range: Range | undefined,
  reader: Reader,
): Settings | undefined {
  const place = range ?? { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
  const problems = reader.problemCount;
  const given = givenArguments(definition, node, place, reader);
  const { values } = readArguments(definition, given, reader);
  if (reader.problemCount > problems) return undefined;
  const settings = definition.settings(values);
  if (typeof settings !== 'string') return settings;
  reader.report('bad-value', l10n.t('{0}: {1}', definition.type, settings), node?.range ?? place);
  return undefined;
}

function nameIn(node: SyntaxNode): SyntaxEntry | undefined {
  if (node.kind === 'map') return node.entries.length === 1 ? node.entries[0] : undefined;
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return undefined;
  const { range } = node;
  return {
    key: node.value,
    keyRange: range,
    value: { kind: 'scalar', value: null, text: '', range },
  };
}

function readSchedule(
  entry: SyntaxEntry | undefined,
  range: Range,
  reader: Reader,
): ScheduleSettings | undefined {
  const node = entry?.value;
  const isConstant = node?.kind === 'scalar' && node.value === 'constant';
  return settingsOf(
    {
      type: 'schedule',
      arguments: scheduleArguments,
      settings: (values): ScheduleSettings => {
        const { warmup, cosine_to: cosineTo } = values as ValuesOf<typeof scheduleArguments>;
        return cosineTo === undefined ? { warmup } : { warmup, cosineTo };
      },
    },
    isConstant ? undefined : node,
    entry?.keyRange ?? range,
    reader,
  );
}

/** `{ text: file, context: 64 }`, `sort`, or `{ sort: { length: 8 } }`. The data comes first: its sizes are names in all other values. */
export function readData(
  entry: SyntaxEntry | undefined,
  range: Range,
  reader: Reader,
): DataSettings | undefined {
  const kinds = [...dataSources.keys()];
  if (entry === undefined || isEmpty(entry.value)) {
    const message = l10n.t(
      'train needs data: { text: file, context: 64 }, or one of {0}',
      kinds.slice(1).join(', '),
    );
    reader.report('missing-key', message, entry?.keyRange ?? range);
    return undefined;
  }
  const { value } = entry;
  const named = value.kind === 'map' ? kindAmong(value) : nameIn(value);
  const definition = named && dataSources.get(named.key);
  if (named === undefined || definition === undefined) {
    const word = named?.key ?? (value.kind === 'map' ? (value.entries[0]?.key ?? '') : '');
    const listed = l10n.t('data is one of {0}', kinds.join(', '));
    const message = withNearest(listed, word, kinds);
    const fixes = named && nearestFix(word, kinds, named.keyRange);
    reader.report('bad-value', message, named?.keyRange ?? value.range, fixes);
    return undefined;
  }
  const isFlat = value.kind === 'map' && definition.positional !== undefined;
  const other = value.kind === 'map' && value.entries.find((one) => one !== named);
  if (other && !isFlat) {
    const message = l10n.t('{0} belongs into {1}: { ... }', other.key, named.key);
    reader.report('unknown-key', message, other.keyRange);
  }
  return settingsOf(asKind(definition), isFlat ? value : named.value, named.keyRange, reader);
}

function asKind(definition: DataSourceDefinition): KindDefinition<DataSettings> {
  return definition;
}

function kindAmong(map: SyntaxMap): SyntaxEntry | undefined {
  return map.entries.find((entry) => dataSources.has(entry.key));
}

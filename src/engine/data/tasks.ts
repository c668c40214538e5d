import { RandomStream } from '../../base/random.ts';
import type { DataSettings, SampleSettings } from '../../language/settings.ts';
import { shapes } from './shapes.ts';
import { countTargets, type Batch, type DataSource } from './source.ts';

/** Settings of data that is made up. */
type TaskSettings = Exclude<DataSettings, SampleSettings | { readonly kind: 'text' }>;

/** Writes one case or sequence to row `row` of a batch. `heldOut`: its number in the validation part, if it belongs there. */
type FillRow = (random: RandomStream, batch: Batch, row: number, heldOut?: number) => void;

/** Fresh cases that validation is made of; of modular addition at most this many held-out pairs. */
const validationCases = 1024;

/** Data that is made up as it is needed: case and target depend on the seed and the batch number alone. */
export class TaskSource implements DataSource {
  readonly facts = {};
  readonly files = [];
  private readonly seed: number;
  private readonly ignored: number | undefined;
  private readonly fillRow: FillRow;
  private readonly cases: number;

  /** `ignored` is the loss's `ignore_index`. */
  constructor(settings: TaskSettings, seed: number, ignored: number | undefined) {
    this.seed = seed;
    this.ignored = ignored;
    const { fill, cases } = task(settings, seed, ignored ?? -100);
    this.fillRow = fill;
    this.cases = cases;
  }

  fillTraining(index: number, batch: Batch): void {
    const random = new RandomStream(this.seed, 'batch', index);
    for (let row = 0; row < batch.size; row++) this.fillRow(random, batch, row);
  }

  validationBatches(size: number): number {
    return Math.ceil(this.cases / size);
  }

  fillValidation(index: number, batch: Batch): number {
    for (let row = 0; row < batch.size; row++) {
      const number = index * batch.size + row;
      this.fillRow(new RandomStream(this.seed, 'validation', number), batch, row, number);
      if (number >= this.cases && this.ignored !== undefined) {
        const perRow = batch.targets.length / batch.size;
        batch.targets.fill(this.ignored, row * perRow, (row + 1) * perRow);
      }
    }
    return countTargets(batch.targets, this.ignored);
  }
}

function task(
  settings: TaskSettings,
  seed: number,
  noTarget: number,
): { readonly fill: FillRow; readonly cases: number } {
  switch (settings.kind) {
    case 'copy':
    case 'sort':
      return { fill: sequenceTask(settings, noTarget), cases: validationCases };
    case 'modular-addition':
      return modularAddition(settings, seed, noTarget);
    case 'gaussian-blobs':
      return { fill: gaussianBlobs(settings, seed), cases: validationCases };
    case 'two-spirals':
      return { fill: twoSpirals(settings), cases: validationCases };
    case 'shapes':
      return { fill: shapes(settings), cases: validationCases };
  }
}

/**
 * Input: the sequence, the separator, the answer without its last symbol. Target: the answer, from the separator on.
 * Tokens: symbols 0 to n − 1, separator n, padding n + 1.
 */
function sequenceTask(
  settings: Extract<TaskSettings, { readonly kind: 'copy' | 'sort' }>,
  noTarget: number,
): FillRow {
  const { kind, symbols, length: longest, minLength } = settings;
  const separator = symbols;
  const padding = symbols + 1;
  return (random, batch, row) => {
    const { input, targets, width } = batch;
    const at = row * width;
    const length = minLength + random.nextBelow(longest - minLength + 1);
    const sequence = Int32Array.from({ length }, () => random.nextBelow(symbols));
    const answer = kind === 'sort' ? sequence.toSorted() : sequence;
    input.fill(padding, at, at + width);
    targets.fill(noTarget, at, at + width);
    input.set(sequence, at);
    input[at + length] = separator;
    input.set(answer.subarray(0, length - 1), at + length + 1);
    targets.set(answer, at + length);
    batch.padding?.fill(0, at, at + 2 * length).fill(1, at + 2 * length, at + width);
  };
}

/** Input: the tokens `a + b =`; the only target is c = (a + b) mod n, at `=`. Tokens: 0 to n − 1, plus n, equals n + 1. */
function modularAddition(
  settings: Extract<TaskSettings, { readonly kind: 'modular-addition' }>,
  seed: number,
  noTarget: number,
): { readonly fill: FillRow; readonly cases: number } {
  const { modulus, validation } = settings;
  const pairs = modulus * modulus;
  const held = drawDistinct(
    new RandomStream(seed, 'split'),
    pairs,
    Math.min(Math.floor(pairs * validation), 16 * validationCases),
  );
  const heldList = [...held];
  const fill: FillRow = (random, batch, row, heldOut) => {
    const pair =
      heldOut === undefined
        ? trainingPair(random, modulus, held)
        : heldList[heldOut % heldList.length]!;
    const a = Math.floor(pair / modulus);
    const b = pair % modulus;
    batch.input.set([a, modulus, b, modulus + 1], row * 4);
    batch.targets.set([noTarget, noTarget, noTarget, (a + b) % modulus], row * 4);
  };
  return { fill, cases: held.size };
}

function trainingPair(random: RandomStream, modulus: number, held: ReadonlySet<number>): number {
  for (;;) {
    const pair = random.nextBelow(modulus) * modulus + random.nextBelow(modulus);
    if (!held.has(pair)) return pair;
  }
}

function drawDistinct(random: RandomStream, bound: number, count: number): ReadonlySet<number> {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(Math.floor(random.nextUniform() * bound));
  return drawn;
}

/** Centres are standard-normal, three times as far apart per coordinate; a case is its class's centre plus noise. */
function gaussianBlobs(
  settings: Extract<TaskSettings, { readonly kind: 'gaussian-blobs' }>,
  seed: number,
): FillRow {
  const { classes, features, spread } = settings;
  const random = new RandomStream(seed, 'centres');
  const centres = Float64Array.from({ length: classes * features }, () => 3 * random.nextNormal());
  return (draws, { input, targets }, row) => {
    const label = draws.nextBelow(classes);
    for (let i = 0; i < features; i++) {
      input[row * features + i] = centres[label * features + i]! + spread * draws.nextNormal();
    }
    targets[row] = label;
  };
}

/** Points at radius r in (0, 1] of a spiral that winds `turns` times; the second is the first turned by half a circle. */
function twoSpirals(settings: Extract<TaskSettings, { readonly kind: 'two-spirals' }>): FillRow {
  const { noise, turns } = settings;
  return (random, { input, targets }, row) => {
    const label = random.nextBelow(2);
    const radius = Math.sqrt(1 - random.nextUniform());
    const angle = 2 * Math.PI * turns * radius + Math.PI * label;
    input[row * 2] = radius * Math.cos(angle) + noise * random.nextNormal();
    input[row * 2 + 1] = radius * Math.sin(angle) + noise * random.nextNormal();
    targets[row] = label;
  };
}

import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { NormscopeError } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import type { DataFacts, DataSettings } from '../../language/settings.ts';
import { countTargets, type Batch, type DataSource } from './source.ts';
import type { DataFile, TokenArray, TokenizedText } from './text.ts';

type TextSettings = Extract<DataSettings, { readonly kind: 'text' }>;

/** Target at which nothing is to be predicted where the loss has no such number of its own. */
const nothing = -100;

/** Devlin et al. 2019: of the chosen positions 80 % are hidden, 10 % replaced by a random token, 10 % left as they are. */
const hiddenShare = 0.8;
const replacedShare = 0.1;

/** Windows of a text: next-token or masked-token prediction. The last part of the text is for validation. */
export class TextSource implements DataSource {
  readonly facts: DataFacts;
  readonly files: readonly DataFile[];
  private readonly settings: TextSettings;
  private readonly seed: number;
  private readonly ignored: number | undefined;
  readonly symbols: readonly string[];
  private readonly hidden: number;
  private readonly training: TokenArray;
  private readonly validation: TokenArray;

  /**
   * `ignored` is the loss's `ignore_index`. Throws `data-too-short` when a part is shorter than one window.
   */
  constructor(
    text: TokenizedText,
    settings: TextSettings,
    seed: number,
    ignored: number | undefined,
  ) {
    this.settings = settings;
    this.seed = seed;
    this.ignored = ignored;
    this.files = text.files;
    this.hidden = text.symbols.length;
    const characters = Array.from(text.symbols, (point) => String.fromCodePoint(point));
    this.symbols = settings.masked > 0 ? [...characters, '[hidden]'] : characters;
    this.facts = textFacts(text, settings);
    const split = Math.floor(text.tokens.length * (1 - settings.validation));
    this.training = text.tokens.subarray(0, split);
    this.validation = text.tokens.subarray(split);
    const least = this.windowLength();
    this.requireLength(this.training.length, least, 'training');
    if (settings.validation > 0) {
      this.requireLength(this.validation.length, settings.masked > 0 ? least : 2, 'validation');
    }
  }

  fillTraining(index: number, batch: Batch): void {
    const random = new RandomStream(this.seed, 'batch', index);
    const starts = this.training.length - this.windowLength() + 1;
    for (let row = 0; row < batch.size; row++) {
      this.fillRow(this.training, random.nextBelow(starts), batch, row, random);
    }
  }

  validationBatches(size: number): number {
    return this.settings.validation === 0 ? 0 : Math.ceil(this.validationWindows() / size);
  }

  fillValidation(index: number, batch: Batch): number {
    const windows = this.validationWindows();
    const { context } = this.settings;
    for (let row = 0; row < batch.size; row++) {
      let window = index * batch.size + row;
      if (window >= windows) {
        if (this.ignored !== undefined) {
          batch.input.fill(0, row * batch.width, (row + 1) * batch.width);
          batch.targets.fill(this.ignored, row * batch.width, (row + 1) * batch.width);
          continue;
        }
        // A loss that ignores nothing sees the first windows a second time.
        window %= windows;
      }
      const random = new RandomStream(this.seed, 'validation', window);
      this.fillRow(this.validation, window * context, batch, row, random);
    }
    return countTargets(batch.targets, this.ignored);
  }

  /** Tokens that one window takes from the text. */
  private windowLength(): number {
    return this.settings.context + (this.settings.masked > 0 ? 0 : 1);
  }

  /** Windows of the validation part that do not overlap; of next-token prediction the last may be shorter. */
  private validationWindows(): number {
    const { context, masked } = this.settings;
    const { length } = this.validation;
    return masked > 0 ? Math.floor(length / context) : Math.ceil((length - 1) / context);
  }

  private fillRow(
    text: TokenArray,
    start: number,
    batch: Batch,
    row: number,
    random: RandomStream,
  ): void {
    const { input, targets, width } = batch;
    const at = row * width;
    const noTarget = this.ignored ?? nothing;
    if (this.settings.masked > 0) {
      for (let i = 0; i < width; i++) {
        const token = text[start + i]!;
        const chosen = random.nextUniform() < this.settings.masked;
        input[at + i] = chosen ? this.disguise(token, random) : token;
        targets[at + i] = chosen ? token : noTarget;
      }
      return;
    }
    for (let i = 0; i < width; i++) {
      input[at + i] = text[start + i] ?? 0;
      targets[at + i] = text[start + i + 1] ?? noTarget;
    }
  }

  private disguise(token: number, random: RandomStream): number {
    const draw = random.nextUniform();
    if (draw < hiddenShare) return this.hidden;
    return draw < hiddenShare + replacedShare ? random.nextBelow(this.hidden) : token;
  }

  private requireLength(length: number, least: number, part: 'training' | 'validation'): void {
    if (length >= least) return;
    const { files, context, validation } = this.settings;
    throw new NormscopeError(
      'input',
      'data-too-short',
      part === 'training'
        ? l10n.t(
            '{0} gives the training part {1} (validation: {2}); context {3} needs at least {4}. Give a longer text or a smaller context.',
            files,
            counted.characters(length),
            validation,
            context,
            least,
          )
        : l10n.t(
            '{0} gives the validation part {1} (validation: {2}); context {3} needs at least {4}. Give a longer text or a smaller context.',
            files,
            counted.characters(length),
            validation,
            context,
            least,
          ),
    );
  }
}

/** The vocabulary of a text: its characters, and one token more that hides others when the task is to guess them. */
export function textFacts(text: TokenizedText, settings: TextSettings): DataFacts {
  return { vocabulary: text.symbols.length + (settings.masked > 0 ? 1 : 0) };
}

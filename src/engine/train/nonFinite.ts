import * as l10n from '@vscode/l10n';
import { counted } from '../../base/counts.ts';
import { NormscopeError } from '../../base/errors.ts';
import type { ForwardModel } from '../../compiler/graph/model.ts';
import type { TensorBinding } from '../runtime/session.ts';
import { recordTaps, type TapRecord } from './recording.ts';

/** A training whose next step is not finite; a `Trainer` is one. */
export interface StuckTraining {
  readonly step: number;
  readonly options: { readonly threads: number };
  /** Inputs of batch `number` and the intact parameters. */
  feedsOf(number: number): readonly TensorBinding[];
  /** Forward pass of batch `number`. */
  forwardOf(number: number): ForwardModel;
}

/** What was seen of a step that is not accepted. */
export interface NonFiniteSymptoms {
  readonly loss: number;
  readonly lr: number;
  /** 2-norm of all gradients, when it came that far. */
  readonly gradNorm?: number;
  /** Path of the first parameter that the update made non-finite. */
  readonly broken?: string | undefined;
}

/** Smallest and largest finite element of a tap, and how many are not finite. */
export interface TapRange {
  readonly tap: string;
  readonly line: number;
  readonly min: number;
  readonly max: number;
  readonly nonFinite: number;
  readonly count: number;
}

/** Everything about the first value of a step that is not finite; saved beside the run. */
export interface NonFiniteReport {
  readonly step: number;
  readonly message: string;
  /** As text where they are not finite: JSON has no such numbers. */
  readonly loss: number | string;
  readonly lr: number;
  readonly gradNorm?: number | string;
  /** Path of the parameter that the update breaks. */
  readonly brokenParameter?: string;
  /** The first tap that is not finite, and the op and layer that computed it; absent when only the update breaks. */
  readonly first?: TapRange & { readonly path: string; readonly op: string };
  /** What the layer of the first bad value takes, as far as it was finite. */
  readonly inputs: readonly TapRange[];
  /** The last layers that were computed before it, the newest last. */
  readonly layers: readonly TapRange[];
}

/** A step that is not finite. The state before it is intact. */
export class NonFiniteError extends NormscopeError {
  readonly symptoms: NonFiniteSymptoms;
  readonly report: NonFiniteReport;
  /** Number of the batch in which it was found. */
  readonly batch: number;

  constructor(symptoms: NonFiniteSymptoms, report: NonFiniteReport, batch: number) {
    super('rule', 'non-finite', report.message);
    this.name = 'NonFiniteError';
    this.symptoms = symptoms;
    this.report = report;
    this.batch = batch;
  }
}

/** The ranges of a report for people: what the first bad layer takes, then the last layers before it, the newest first. */
export function rangesText({ inputs, layers }: NonFiniteReport): string {
  const all = [...inputs, ...layers.toReversed()];
  const width = Math.max(0, ...all.map(({ tap }) => tap.length));
  const rows = (ranges: readonly TapRange[]): readonly string[] =>
    ranges.map(({ tap, line, min, max, nonFinite, count }) => {
      const columns = [
        tap.padEnd(width),
        l10n.t('{0} to {1}', Number(min.toPrecision(3)), Number(max.toPrecision(3))),
        ...(nonFinite === 0 ? [] : [l10n.t('{0} of {1} not finite', nonFinite, count)]),
        ...(line > 0 ? [l10n.t('(line {0})', line)] : []),
      ];
      return `  ${columns.join('  ')}`;
    });
  return [
    ...(inputs.length > 0 ? [l10n.t('It takes:'), ...rows(inputs)] : []),
    ...(layers.length > 0 ? [l10n.t('Before it:'), ...rows(layers.toReversed())] : []),
  ].join('\n');
}

/** Layers whose ranges a report shows. */
const layersShown = 21;

/**
 * Why a step is not finite: runs the batch `number` once more on the intact parameters, every value looked at in the order of
 * computation, and names the first that is not finite with its layer, line and remedy. Returns the error, a `rule`.
 */
export async function explainNonFinite(
  trainer: StuckTraining,
  number: number,
  symptoms: NonFiniteSymptoms,
): Promise<NonFiniteError> {
  const { first, inputs, layers, what } = await findFirst(trainer, number, symptoms);
  const { loss, lr, gradNorm, broken } = symptoms;
  const report: NonFiniteReport = {
    step: trainer.step,
    message: `${describeSymptoms(trainer, symptoms)} ${what}`,
    loss: forJson(loss),
    lr,
    ...(gradNorm !== undefined && { gradNorm: forJson(gradNorm) }),
    ...(broken !== undefined && { brokenParameter: broken }),
    ...(first && { first }),
    inputs,
    layers,
  };
  return new NonFiniteError(symptoms, report, number);
}

function forJson(x: number): number | string {
  return Number.isFinite(x) ? x : String(x);
}

type Findings = Pick<NonFiniteReport, 'first' | 'inputs' | 'layers'> & {
  /** The sentences of the message after the symptoms. */
  readonly what: string;
};

async function findFirst(
  trainer: StuckTraining,
  number: number,
  symptoms: NonFiniteSymptoms,
): Promise<Findings> {
  const { threads } = trainer.options;
  const feeds = trainer.feedsOf(number);
  const forward = trainer.forwardOf(number);
  const lines = new Map(forward.layers.map(({ path, line }) => [path, line]));
  const ranges = new Map<string, TapRange>();
  const layers: TapRange[] = [];
  if (symptoms.broken !== undefined) {
    const what = l10n.t('Lower the learning rate, now {0}.', symptoms.lr);
    return { inputs: [], layers, what };
  }
  let lastInput: TapRange | undefined;
  for await (const tap of recordTaps({ forward, threads, feeds, withLoss: true })) {
    const range = rangeOf(tap, lineOf(tap, lines));
    if (range.nonFinite === 0) {
      ranges.set(range.tap, range);
      if (range.count > 0 && tap.name === 'in') lastInput = range;
      if (/^(grad:)?out$/.test(tap.name)) layers.push(range);
      continue;
    }
    const path = tap.origin?.path ?? tap.path;
    const inputs = [...ranges.values()].filter(({ tap: name }) =>
      isInput(name, path, tap.name.startsWith('grad:')),
    );
    const first = { ...range, path, op: tap.op ?? 'none: it is fed' };
    const what = describeFirst(tap, range, path, lastInput);
    return { first, inputs, layers: layers.slice(-layersShown), what };
  }
  const what = l10n.t(
    'Computed value by value, everything is finite: the numbers are at the edge of float32. Lower the learning rate.',
  );
  return { inputs: [], layers: layers.slice(-layersShown), what };
}

/** Whether a tap is something that the layer reads: its input and parameters, and on the way back the gradient of its output. */
function isInput(name: string, path: string, isGradient: boolean): boolean {
  const rest = name.startsWith(`${path}.`) ? name.slice(path.length + 1) : '';
  if (rest === 'in' || rest.startsWith('param:')) return true;
  return isGradient && rest === 'grad:out';
}

function describeFirst(
  tap: TapRecord,
  { tap: place, line, nonFinite, count }: TapRange,
  path: string,
  lastInput: TapRange | undefined,
): string {
  const isOwn = path === tap.path || path === '';
  const sentences = [
    isOwn
      ? l10n.t(
          'The first non-finite value is {0} (line {1}): {2} of {3}.',
          place,
          line,
          nonFinite,
          counted.elements(count),
        )
      : l10n.t(
          'The first non-finite value is {0}, computed by {1} (line {2}): {3} of {4}.',
          place,
          path,
          line,
          nonFinite,
          counted.elements(count),
        ),
    ...(tap.position < 0 || lastInput === undefined
      ? []
      : [
          l10n.t(
            'The last finite input is {0}, largest magnitude {1}.',
            lastInput.tap,
            magnitude(lastInput),
          ),
        ]),
    remedy(tap.position < 0, tap.name.startsWith('grad:')),
  ];
  return sentences.join(' ');
}

function magnitude({ min, max }: TapRange): string {
  return Math.max(Math.abs(min), Math.abs(max)).toPrecision(3);
}

function describeSymptoms(training: StuckTraining, { loss, broken }: NonFiniteSymptoms): string {
  const { step } = training;
  if (broken !== undefined) {
    return l10n.t('Step {0} was not taken: the update makes {1} non-finite.', step, broken);
  }
  return Number.isFinite(loss)
    ? l10n.t('Step {0} was not taken: the gradients are not finite.', step)
    : l10n.t('Step {0} was not taken: the loss is {1}.', step, loss);
}

function remedy(isFed: boolean, isGradient: boolean): string {
  if (isFed)
    return l10n.t(
      'Correct its initial value: the init entry of the model file, or the weights file.',
    );
  if (isGradient)
    return l10n.t(
      'Lower the learning rate or lengthen the warm-up; a norm in front of this layer helps too.',
    );
  return l10n.t(
    'Lower the learning rate, lengthen the warm-up or clip gradients; a norm in front of this layer helps too.',
  );
}

function rangeOf({ path, name, data }: TapRecord, line: number): TapRange {
  let min = Infinity;
  let max = -Infinity;
  let nonFinite = 0;
  for (const element of data) {
    const x = Number(element);
    if (!Number.isFinite(x)) nonFinite++;
    else {
      if (x < min) min = x;
      if (x > max) max = x;
    }
  }
  const tap = `${path}.${name}`;
  const isEmpty = min > max;
  return {
    tap,
    line,
    min: isEmpty ? 0 : min,
    max: isEmpty ? 0 : max,
    nonFinite,
    count: data.length,
  };
}

/** Line of the layer that computed a value, or that it is a parameter of. */
function lineOf(tap: TapRecord, lines: ReadonlyMap<string, number>): number {
  if (tap.origin !== undefined && tap.origin.line > 0) return tap.origin.line;
  return lines.get(tap.path) ?? 0;
}

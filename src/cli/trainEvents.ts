import type {
  EndEvent,
  EpochEvent,
  RunInfo,
  StepsEvent,
  ValidationEvent,
} from '../protocol/engine.ts';
import { normColumns, normWidth } from '../statistics/taps.ts';

/** Mean and variance of a norm's input and output at one step: token averages, variance biased. */
export interface NormMoments {
  readonly in: { readonly mean: number; readonly var: number };
  readonly out: { readonly mean: number; readonly var: number };
}

export interface StepLine {
  readonly event: 'step';
  /** Steps taken before this one. */
  readonly step: number;
  readonly loss: number;
  /** Share of the cases that were given their class; absent where cases have none. */
  readonly accuracy?: number;
  readonly lr: number;
  /** 2-norm of all gradients before clipping. */
  readonly gradNorm: number;
  readonly norms: Readonly<Record<string, NormMoments>>;
}

const inMean = normColumns.indexOf('in.mean');
const inVar = normColumns.indexOf('in.var');
const outMean = normColumns.indexOf('out.mean');
const outVar = normColumns.indexOf('out.var');

/** The lines of a batch of steps, as programs read them. */
export function stepLines(info: Pick<RunInfo, 'norms'>, steps: StepsEvent): readonly StepLine[] {
  return Array.from(steps.loss, (loss, index) => ({
    event: 'step',
    step: steps.first + index,
    loss,
    ...(steps.accuracy && { accuracy: steps.accuracy[index] ?? NaN }),
    lr: steps.lr[index] ?? NaN,
    gradNorm: steps.gradNorm[index] ?? NaN,
    norms: Object.fromEntries(normMoments(info, steps, index)),
  }));
}

/** The norms of step `index` of a batch, in the order of the model. */
export function normMoments(
  { norms }: Pick<RunInfo, 'norms'>,
  steps: StepsEvent,
  index: number,
): readonly (readonly [path: string, NormMoments])[] {
  return norms.map(({ path }, norm) => {
    const at = (index * norms.length + norm) * normWidth;
    const read = (column: number): number => steps.norms[at + column] ?? NaN;
    const moments = {
      in: { mean: read(inMean), var: read(inVar) },
      out: { mean: read(outMean), var: read(outVar) },
    };
    return [path, moments] as const;
  });
}

export function validationLine({ step, loss, accuracy }: ValidationEvent): object {
  return { event: 'validation', step, loss, ...(accuracy !== undefined && { accuracy }) };
}

/** Cases of a validation by class, then by the class that they were given. */
export function confusionLine(
  { step, confusion }: Pick<ValidationEvent, 'step' | 'confusion'>,
  classNames?: readonly string[],
): object {
  return { event: 'confusion', step, ...(classNames && { classNames }), counts: confusion };
}

export function epochLine(epoch: EpochEvent): object {
  return { event: 'epoch', ...epoch };
}

export function endLine(end: EndEvent): object {
  const { steps, loss, validationLoss, validationAccuracy } = end;
  const { seconds, stepsPerSecond, parametersHash } = end;
  return {
    event: 'end',
    steps,
    loss,
    ...(validationLoss !== undefined && { validationLoss }),
    ...(validationAccuracy !== undefined && { validationAccuracy }),
    seconds,
    stepsPerSecond,
    parametersHash,
  };
}

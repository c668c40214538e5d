import { NormscopeError } from '../../base/errors.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import type { TensorArray } from '../runtime/session.ts';
import { recordTaps, type TapRecord } from './recording.ts';
import type { Trainer } from './trainer.ts';

/** What was seen of a step that is not accepted. */
export interface NonFiniteSymptoms {
  readonly loss: number;
  /** Learning rate of the update, when it came that far. */
  readonly lr?: number;
  /** Path of the first parameter that the update made non-finite. */
  readonly broken?: string | undefined;
}

/**
 * Why a step is not finite: runs the batch `number` once more on the intact parameters, every value looked at in the order of
 * computation, and names the first that is not finite with its layer, line and remedy. Returns the error, a `rule`.
 */
export async function explainNonFinite(
  trainer: Trainer,
  number: number,
  symptoms: NonFiniteSymptoms,
): Promise<NormscopeError> {
  const seen = describeSymptoms(trainer, symptoms);
  const error = (what: string): NormscopeError =>
    new NormscopeError('rule', 'non-finite', `${seen} ${what}`);
  if (symptoms.broken !== undefined) {
    return error(`Lower the learning rate, now ${symptoms.lr ?? 0}.`);
  }
  const { model, threads } = trainer.options;
  const feeds = trainer.feedsOf(number);
  let lastInput = '';
  for await (const tap of recordTaps({ model, threads, feeds })) {
    const count = countNonFinite(tap.data);
    if (count === 0) {
      if (tap.data.length > 0 && tap.name === 'in') lastInput = describeRange(tap);
      continue;
    }
    const line = lineOf(trainer, tap);
    const isGradient = tap.name.startsWith('grad:');
    const path = tap.origin?.path ?? tap.path;
    const place = `${tap.path}.${tap.name}`;
    const by = path === tap.path || path === '' ? '' : `, computed by ${path}`;
    const before =
      tap.position < 0 || lastInput === '' ? '' : ` The last finite input is ${lastInput}.`;
    return error(
      `The first non-finite value is ${place}${by} (line ${line}): ${count} of ${tap.data.length} elements.${before} ` +
        remedy(tap.position < 0, isGradient),
    );
  }
  return error(
    'Computed value by value, everything is finite: the numbers are at the edge of float32. Lower the learning rate.',
  );
}

function describeSymptoms(trainer: Trainer, { loss, broken }: NonFiniteSymptoms): string {
  const step = `Step ${trainer.step} was not taken:`;
  if (broken !== undefined) return `${step} the update makes ${broken} non-finite.`;
  return Number.isFinite(loss)
    ? `${step} the gradients are not finite.`
    : `${step} the loss is ${loss}.`;
}

function remedy(isFed: boolean, isGradient: boolean): string {
  if (isFed)
    return 'Correct its initial value: the init entry of the model file, or the weights file.';
  if (isGradient)
    return 'Lower the learning rate or lengthen the warm-up; a norm in front of this layer helps too.';
  return 'Lower the learning rate, lengthen the warm-up or clip gradients; a norm in front of this layer helps too.';
}

function countNonFinite(data: TensorArray): number {
  if (!(data instanceof Float32Array)) return 0;
  let count = 0;
  for (const x of data) if (!Number.isFinite(x)) count++;
  return count;
}

function describeRange({ path, name, data }: TapRecord): string {
  let largest = 0;
  for (const x of data) largest = Math.max(largest, Math.abs(Number(x)));
  return `${path}.${name}, largest magnitude ${largest.toPrecision(3)}`;
}

/** Line of the layer that computed a value, or that it is a parameter of. */
function lineOf(trainer: Trainer, tap: TapRecord): number {
  if (tap.origin !== undefined && tap.origin.line > 0) return tap.origin.line;
  const { layers } = lowerModel(trainer.options.model, { mode: 'evaluation' });
  return layers.find(({ path }) => path === tap.path)?.line ?? 0;
}

import type { EpochEvent } from '../../protocol/engine.ts';
import type { StepStatistics, ValidationStatistics } from './statisticsFile.ts';

type Scored = Pick<StepStatistics, 'step' | 'loss' | 'accuracy'>;

/** Means over the steps of the epoch that is under way. */
export class EpochMeter {
  private readonly stepsPerEpoch: number;
  private steps = 0;
  private loss = 0;
  private accuracy = 0;

  constructor(stepsPerEpoch: number) {
    this.stepsPerEpoch = stepsPerEpoch;
  }

  /** Takes the next step; the first of an epoch forgets those before it. */
  add({ step, loss, accuracy = NaN }: Scored): void {
    if (step % this.stepsPerEpoch === 0) this.steps = this.loss = this.accuracy = 0;
    this.steps++;
    this.loss += loss;
    this.accuracy += accuracy;
  }

  /** Takes those of all steps so far that are of the epoch which step `next` is in. */
  recall(history: readonly Scored[], next: number): void {
    this.steps = this.loss = this.accuracy = 0;
    const first = next - (next % this.stepsPerEpoch);
    for (const step of history) if (step.step >= first && step.step < next) this.add(step);
  }

  /** The epoch that ends with `taken` steps taken, if one does; `validation` counts if it was made then. */
  ended(taken: number, validation: ValidationStatistics | undefined): EpochEvent | undefined {
    if (taken === 0 || taken % this.stepsPerEpoch !== 0 || this.steps === 0) return undefined;
    const accuracy = this.accuracy / this.steps;
    const own = validation?.step === taken ? validation : undefined;
    return {
      epoch: taken / this.stepsPerEpoch,
      step: taken,
      loss: this.loss / this.steps,
      ...(!Number.isNaN(accuracy) && { accuracy }),
      ...(own && { validationLoss: own.loss }),
      ...(own?.accuracy !== undefined && { validationAccuracy: own.accuracy }),
    };
  }
}

/** The epochs of a run, from what was recorded of its steps and validations. */
export function epochsOf(
  steps: readonly Scored[],
  validations: readonly ValidationStatistics[],
  stepsPerEpoch: number,
): readonly EpochEvent[] {
  const meter = new EpochMeter(stepsPerEpoch);
  const validated = new Map(validations.map((validation) => [validation.step, validation]));
  return steps.flatMap((step) => {
    meter.add(step);
    const epoch = meter.ended(step.step + 1, validated.get(step.step + 1));
    return epoch ? [epoch] : [];
  });
}

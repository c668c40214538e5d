import type { LayerFacts, RuleFacts } from '../../statistics/rules/facts.ts';
import { normWidth } from '../../statistics/taps.ts';
import type { Trainer } from '../train/trainer.ts';
import { updateRatio, type StepNumbers } from './scope.ts';

/** The newest validation of a run. */
export type LastValidation = RuleFacts['validation'];

/** What of a step rules look at besides its numbers. */
export interface LiveFacts {
  readonly validation: LastValidation;
  readonly tap: RuleFacts['tap'];
}

/** What rules look at; `live` is of the step that the trainer has prepared, and absent for a step of the past. */
export function factsOf(
  trainer: Trainer,
  layers: readonly LayerFacts[],
  { step, loss, gradNorm, norms }: StepNumbers,
  live: LiveFacts | undefined,
): RuleFacts {
  return {
    step,
    loss,
    gradNorm,
    layers,
    tap: live?.tap ?? (() => undefined),
    ...(live?.validation && { validation: live.validation }),
    norms: trainer.program.norms.map(({ path, epsilon }, index) => ({
      path,
      epsilon,
      mean: norms[index * normWidth] ?? NaN,
      var: norms[index * normWidth + 1] ?? NaN,
    })),
    parameters: live
      ? trainer.parameters.map(({ path, shape }, index) => ({
          path,
          isMatrix: shape.length > 1,
          meanGradient: () => trainer.state.meanGradient(index),
          updateRatio: () => updateRatio(trainer, index),
        }))
      : [],
  };
}

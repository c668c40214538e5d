import { sizeOf } from '../../compiler/graph/types.ts';
import { compileTraining } from '../../compiler/passes/programs.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import { createKernel } from '../kernel/kernel.ts';
import { MemoryPlan } from '../kernel/memory.ts';
import { randomChunk } from '../kernel/randomSource.ts';
import { Session } from '../runtime/session.ts';
import { classOutput } from './classification.ts';
import { planState, TrainingState } from './state.ts';
import { Trainer, type TrainerOptions } from './trainer.ts';

/**
 * Compiles a checked model into a training program and gets it ready to run: memory, first parameters, session. Throws what
 * `Session.create`, `MemoryPlan.allocate` and `tensorFor` throw.
 */
export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { model, threads, initial } = options;
  const { settings } = model;
  const forward = lowerModel(model, { mode: 'training' });
  const classes = classOutput(forward, settings.loss);
  const program = compileTraining(
    options.statistics === false ? { ...forward, norms: [] } : forward,
    classes !== undefined,
  );
  const plan = new MemoryPlan();
  const { parameters, buffers } = program;
  const statePlan = planState(plan, parameters, settings.optimizer, settings.accumulate, buffers);
  const masks = program.masks.map(({ path, probability, shape }) => ({
    path,
    probability,
    region: plan.reserve(sizeOf(shape)),
  }));
  const chunk = plan.reserve(randomChunk);
  const kernel = createKernel(plan);
  const state = new TrainingState(kernel, statePlan, settings.optimizer, settings.clipGradNorm);
  const session = await Session.create(program.graph, threads);
  const trainer = new Trainer({ options, program, kernel, state, masks, chunk, session, classes });
  await trainer.begin(initial);
  return trainer;
}

import { reportOf } from '../../../base/errors.ts';
import { SampleFiller, type Part } from './filler.ts';
import type { SamplePlan } from './plan.ts';
import { arraysOf, words, type SharedBatches } from './sharedBatches.ts';

/** What the thread is started with. */
export interface AheadTask {
  readonly plan: SamplePlan;
  readonly shared: SharedBatches;
}

/** What the thread that watches over it is started with: the program of the thread, too. */
export interface GuardedTask {
  readonly task: AheadTask;
  readonly program: string;
}

/**
 * Fills batches in order, as many ahead as there are slots, until it is told to stop. Which batch is next is said in the control
 * block; a slot is filled again only after its batch was taken.
 */
export function fillAhead({ plan, shared }: AheadTask): void {
  const { control, slots, error } = shared;
  const load = (word: number): number => Atomics.load(control, word);
  const answer = (): void => {
    Atomics.add(control, words.answered, 1);
    Atomics.notify(control, words.answered);
  };
  try {
    const filler = new SampleFiller(plan);
    let jump = 0;
    let index = 0;
    for (;;) {
      const asked = load(words.asked);
      if (load(words.stopped) === 1) break;
      if (load(words.jump) !== jump) {
        jump = load(words.jump);
        index = load(words.first);
      }
      const size = load(words.size);
      const part: Part = load(words.isValidation) === 1 ? 'validation' : 'training';
      const isOver = part === 'validation' && index * size >= plan.validation.length;
      if (jump === 0 || isOver || index - load(words.next) >= slots.length) {
        Atomics.wait(control, words.asked, asked);
        continue;
      }
      const slot = slots[index % slots.length]!;
      slot.stamp[2] = filler.fill(part, index, arraysOf(slot, plan, size));
      Atomics.store(slot.stamp, 1, index);
      Atomics.store(slot.stamp, 0, jump);
      index++;
      answer();
    }
    filler.close();
  } catch (thrown) {
    const bytes = new TextEncoder().encode(JSON.stringify(reportOf(thrown)));
    error.set(bytes.subarray(0, error.length));
    Atomics.store(control, words.failed, Math.min(bytes.length, error.length));
    answer();
  }
}

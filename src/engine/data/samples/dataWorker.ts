import '../../loadTexts.ts';
import { Worker, workerData } from 'node:worker_threads';
import { fillAhead, type AheadTask, type GuardedTask } from './fillAhead.ts';
import { words } from './sharedBatches.ts';

/**
 * Starts the thread that fills batches, and says in the shared memory when it has ended. A step that waits for a batch sleeps on that
 * memory and hears of no event, and a thread that has run out of memory can tell nobody itself.
 */
function guard({ task, program }: GuardedTask): void {
  const { control } = task.shared;
  const worker = new Worker(program, { workerData: task });
  // What went wrong in it is told by the memory.
  worker.on('error', () => undefined);
  worker.once('exit', () => {
    Atomics.store(control, words.ended, 1);
    Atomics.add(control, words.answered, 1);
    Atomics.notify(control, words.answered);
  });
}

const given = workerData as AheadTask | GuardedTask;
if ('program' in given) guard(given);
else fillAhead(given);

import '../../loadTexts.ts';
import { workerData } from 'node:worker_threads';
import { fillAhead, type AheadTask } from './fillAhead.ts';

// The thread that batches are filled in: it ends when it is told to.
fillAhead(workerData as AheadTask);

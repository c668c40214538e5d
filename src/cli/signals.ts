import { toDisposable, type Disposable } from '../base/lifetime.ts';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal to end calls `stop`, which lets the work under way be saved; the second calls `kill` and ends this process
 * as the signal would have.
 */
export function stopOnSignals(stop: () => void, kill: () => void): Disposable {
  let count = 0;
  const handle = (signal: NodeJS.Signals): void => {
    count++;
    if (count === 1) {
      stop();
      return;
    }
    kill();
    release();
    process.kill(process.pid, signal);
  };
  const release = (): void => {
    for (const signal of endingSignals) process.off(signal, handle);
  };
  for (const signal of endingSignals) process.on(signal, handle);
  return toDisposable(release);
}

/**
 * Runs `work` in the next animation frame, however often it is asked for until then. A hidden page has no frames: what was asked
 * for meanwhile is done once, when it is seen again.
 */
export function coalesce(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

/** Like `coalesce`, with at least `milliseconds` between two runs; the last request is never lost. */
export function throttle(work: () => void, milliseconds: number): () => void {
  let last = -Infinity;
  let waiting = false;
  const run = coalesce(() => {
    waiting = false;
    last = performance.now();
    work();
  });
  return () => {
    if (waiting) return;
    waiting = true;
    const wait = last + milliseconds - performance.now();
    if (wait <= 0) run();
    else setTimeout(run, wait);
  };
}

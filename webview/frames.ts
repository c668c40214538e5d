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

/** Numbers that change faster than this cannot be read. In milliseconds. */
export const numbersEvery = 150;

/** What drawings may take of one frame, in milliseconds: the rest is for others. */
const drawingBudget = 5;
/** What is drawn must also be brought onto the screen, which without a graphics card takes as long again. */
const mostDrawings = 2;
/** A frame that begins this many milliseconds after the one before it was late. */
const lateAfter = 22;
const waitingDrawings = new Set<() => void>();
/** When the frame before began, while drawings wait for their turn. */
let frameBefore: number | undefined;

/**
 * Draws in the next animation frame, or in one of those after it where many wait: one drawing at least in each, one more while there
 * is time and frames come in time. Asked for again before it was its turn, a drawing keeps its place and is made once.
 */
export function drawInTurn(drawing: () => void): void {
  waitingDrawings.add(drawing);
  drawSome();
}

const drawSome = coalesce(() => {
  const start = performance.now();
  const isLate = frameBefore !== undefined && start - frameBefore > lateAfter;
  let drawn = 0;
  for (const drawing of waitingDrawings) {
    waitingDrawings.delete(drawing);
    drawing();
    drawn++;
    if (isLate || drawn === mostDrawings || performance.now() - start >= drawingBudget) break;
  }
  frameBefore = waitingDrawings.size > 0 ? start : undefined;
  if (waitingDrawings.size > 0) drawSome();
});

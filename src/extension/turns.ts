/** Says whether an answer is still wanted; VS Code's CancellationToken is one. */
export interface Wanted {
  readonly isCancellationRequested: boolean;
}

/** Lets tasks run one after the other, and drops those that nobody waits for any more before they begin. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** What `task` gives; undefined when it was cancelled before its turn. */
  take<T>(task: () => Promise<T>, wanted?: Wanted): Promise<T | undefined> {
    const turn = this.last.then(() =>
      wanted?.isCancellationRequested === true ? undefined : task(),
    );
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

interface Streak {
  readonly since: number;
  readonly last: number;
}

/** For how many looks one after the other something has held at each of some places. */
export class Streaks<Place> {
  private readonly held = new Map<Place, Streak>();

  /**
   * Notes whether it holds at a place in a step, `every` steps after the last look, and returns in how many looks up to this one it
   * has held. A step that was looked at before may come again: what came after it is forgotten.
   */
  note(place: Place, step: number, every: number, holds: boolean): number {
    if (!holds) {
      this.held.delete(place);
      return 0;
    }
    const before = this.held.get(place);
    const goesOn = before && before.since <= step && step <= before.last + every;
    const since = goesOn ? before.since : step;
    this.held.set(place, { since, last: step });
    return since === step ? 1 : (step - since) / every + 1;
  }

  /** First step of those in a row in which it held. */
  since(place: Place): number | undefined {
    return this.held.get(place)?.since;
  }

  clear(): void {
    this.held.clear();
  }
}

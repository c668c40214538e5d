/** How often something has held, step after step. */
export class Tally {
  /** Steps in which it held, in their order, and how often up to and with each. */
  private readonly held: { readonly step: number; readonly count: number }[] = [];

  /** How often it held before step `step`. */
  before(step: number): number {
    return this.held.findLast((entry) => entry.step < step)?.count ?? 0;
  }

  /** Notes that it held once more in step `step`, and returns how often that makes. */
  add(step: number): number {
    const { last } = this;
    const count = (last?.count ?? 0) + 1;
    if (last?.step === step) this.held.pop();
    this.held.push({ step, count });
    return count;
  }

  /** Forgets what belongs to `step` and later ones: they are looked at again. */
  cut(step: number): void {
    while ((this.last?.step ?? -1) >= step) this.held.pop();
  }

  private get last(): (typeof this.held)[number] | undefined {
    return this.held[this.held.length - 1];
  }
}

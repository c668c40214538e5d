/** The last values of a series, with their mean and standard deviation. */
export class Window {
  private readonly size: number;
  private readonly entries: { readonly step: number; readonly value: number }[] = [];

  constructor(size: number) {
    this.size = size;
  }

  get count(): number {
    return this.entries.length;
  }

  get mean(): number {
    return this.meanOf(0, this.count);
  }

  /** Of all values; biased. */
  get std(): number {
    const { mean } = this;
    const squares = this.entries.reduce((sum, { value }) => sum + (value - mean) ** 2, 0);
    return Math.sqrt(squares / this.count);
  }

  /** Mean of the values from the `from`-th oldest to before the `to`-th. */
  meanOf(from: number, to: number): number {
    const part = this.entries.slice(from, to);
    return part.reduce((sum, { value }) => sum + value, 0) / part.length;
  }

  /** Forgets what belongs to `step` and later ones: the run has gone back. */
  cut(step: number): void {
    const kept = this.entries.findIndex((entry) => entry.step >= step);
    if (kept >= 0) this.entries.length = kept;
  }

  add(step: number, value: number): void {
    this.entries.push({ step, value });
    if (this.entries.length > this.size) this.entries.shift();
  }
}

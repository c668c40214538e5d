/** What one run through all steps takes at speed 1, in seconds. */
const wholeRun = 10;
/** Of a short run each entry is seen for a quarter of a second. */
const fewestPerSecond = 4;

export const speeds = [0.5, 1, 2, 4] as const;

/** Goes through entries of a history in time: an animation that costs nothing while it stands. */
export class StepPlayer {
  private readonly moved: (entry: number) => void;
  private readonly ended: () => void;
  private frame: number | undefined;
  private place = 0;
  private last = 0;
  private lastTime: number | undefined;
  speed = 1;

  /** `moved` is told each entry that is come to, `ended` that there are no more. */
  constructor(moved: (entry: number) => void, ended: () => void) {
    this.moved = moved;
    this.ended = ended;
  }

  get isPlaying(): boolean {
    return this.frame !== undefined;
  }

  /** Plays from entry `from` to entry `last`. */
  play(from: number, last: number): void {
    this.pause();
    this.place = from;
    this.last = last;
    this.lastTime = undefined;
    this.frame = requestAnimationFrame((time) => this.advance(time));
  }

  pause(): void {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.frame = undefined;
  }

  private advance(time: number): void {
    const seconds = (time - (this.lastTime ?? time)) / 1000;
    this.lastTime = time;
    const before = Math.floor(this.place);
    this.place += seconds * this.speed * Math.max(fewestPerSecond, this.last / wholeRun);
    if (this.place >= this.last) {
      this.frame = undefined;
      this.ended();
      return;
    }
    this.frame = requestAnimationFrame((next) => this.advance(next));
    if (Math.floor(this.place) !== before) this.moved(Math.floor(this.place));
  }
}

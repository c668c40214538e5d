import { NormscopeError } from '../base/errors.ts';

/**
 * Numbers under which a client asks for things of the present stop. They are never given twice, so that an old number cannot mean
 * something else.
 */
export class References<T> {
  private readonly what: string;
  private items = new Map<number, T>();
  private earlier = new Map<number, T>();
  private last = 0;

  /** `what` names the things in errors, e.g. `frame`. */
  constructor(what: string) {
    this.what = what;
  }

  add(item: T): number {
    this.items.set(++this.last, item);
    return this.last;
  }

  /** @throws NormscopeError `debug-stale` for a number of an earlier stop */
  get(reference: unknown): T {
    const item = typeof reference === 'number' ? this.find(reference) : undefined;
    if (item !== undefined) return item;
    const message = `This ${this.what} belongs to an earlier stop. Ask for the stack again.`;
    throw new NormscopeError('input', 'debug-stale', message);
  }

  find(reference: number): T | undefined {
    return this.items.get(reference) ?? this.earlier.get(reference);
  }

  /** Forgets the stop before the last one: a client may still ask about the last one while it hears of the next. */
  retire(): void {
    this.earlier = this.items;
    this.items = new Map();
  }

  /** Forgets everything. */
  clear(): void {
    this.items.clear();
    this.earlier.clear();
  }
}

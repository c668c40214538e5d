/** Something that holds a resource until `dispose` is called; `dispose` may be called twice. */
export interface Disposable {
  dispose(): void;
}

/** Collects disposables at their birth and disposes them in reverse order. */
export class DisposableStore implements Disposable {
  private readonly items = new Set<Disposable>();
  private disposed = false;

  /** Registers `item`; if the store is already disposed, `item` is disposed at once. */
  add<T extends Disposable>(item: T): T {
    if (this.disposed) item.dispose();
    else this.items.add(item);
    return item;
  }

  dispose(): void {
    this.disposed = true;
    const items = [...this.items].reverse();
    this.items.clear();
    for (const item of items) item.dispose();
  }
}

/** A disposable that runs `action` once. */
export function toDisposable(action: () => void): Disposable {
  let pending: (() => void) | undefined = action;
  return {
    dispose() {
      const run = pending;
      pending = undefined;
      run?.();
    },
  };
}

/** Listeners of one kind of event. A listener added or removed while firing takes effect at the next event. */
export class Emitter<T> implements Disposable {
  private listeners: readonly ((event: T) => void)[] = [];

  /** Calls `listener` on each event until the returned disposable is disposed. */
  readonly on = (listener: (event: T) => void): Disposable => {
    // A wrapper of its own per registration, so that one function may be registered twice.
    const own = (event: T): void => {
      listener(event);
    };
    this.listeners = [...this.listeners, own];
    return toDisposable(() => {
      this.listeners = this.listeners.filter((candidate) => candidate !== own);
    });
  };

  fire(event: T): void {
    for (const listener of this.listeners) listener(event);
  }

  dispose(): void {
    this.listeners = [];
  }
}

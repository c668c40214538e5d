import assert from 'node:assert/strict';
import { DisposableStore, Emitter, toDisposable } from '../../src/base/lifetime.ts';

describe('disposable store', () => {
  it('disposes its items once, the youngest first', () => {
    const log: string[] = [];
    const store = new DisposableStore();
    const note = (name: string): void => {
      store.add({ dispose: () => log.push(name) });
    };
    note('a');
    note('b');
    store.dispose();
    store.dispose();
    assert.deepEqual(log, ['b', 'a']);
  });

  it('disposes at once what is added after its end, and hands every item back', () => {
    const store = new DisposableStore();
    store.dispose();
    let disposed = 0;
    const item = toDisposable(() => disposed++);
    assert.equal(store.add(item), item);
    assert.equal(disposed, 1);
  });
});

describe('toDisposable', () => {
  it('runs its action once, also when the action disposes it again', () => {
    let runs = 0;
    const item = toDisposable(() => {
      runs++;
      item.dispose();
    });
    item.dispose();
    item.dispose();
    assert.equal(runs, 1);
  });
});

describe('emitter', () => {
  it('calls listeners in the order of registration until they are disposed', () => {
    const emitter = new Emitter<number>();
    const log: string[] = [];
    const first = emitter.on((event) => log.push(`first ${event}`));
    emitter.on((event) => log.push(`second ${event}`));
    emitter.fire(1);
    first.dispose();
    emitter.fire(2);
    emitter.dispose();
    emitter.fire(3);
    assert.deepEqual(log, ['first 1', 'second 1', 'second 2']);
  });

  it('keeps registrations of one function apart', () => {
    const emitter = new Emitter<null>();
    let calls = 0;
    const listener = (): void => {
      calls++;
    };
    const one = emitter.on(listener);
    emitter.on(listener);
    one.dispose();
    one.dispose();
    emitter.fire(null);
    assert.equal(calls, 1);
  });

  it('lets listeners come and go while it fires, from the next event on', () => {
    const emitter = new Emitter<number>();
    const log: string[] = [];
    const early = emitter.on((event) => {
      log.push(`early ${event}`);
      early.dispose();
      if (event === 1) emitter.on((later) => log.push(`late ${later}`));
    });
    emitter.fire(1);
    emitter.fire(2);
    assert.deepEqual(log, ['early 1', 'late 2']);
  });
});

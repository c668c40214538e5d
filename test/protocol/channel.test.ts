import assert from 'node:assert/strict';
import { NormscopeError } from '../../src/base/errors.ts';
import { Emitter } from '../../src/base/lifetime.ts';
import { Caller, serve, type Pipe, type Server } from '../../src/protocol/channel/channel.ts';

interface TestMethods {
  double(values: Float32Array): Float32Array;
  fail(kind: 'typed' | 'plain'): null;
  wait(milliseconds: number): number;
  never(request: null): null;
}

interface TestEvents {
  readonly count: number;
  readonly column: Float64Array;
}

/** Two ends of a connection that clones what goes through it, as a process boundary does. */
function pipes(): { readonly left: Pipe; readonly right: Pipe; readonly close: () => void } {
  const [toLeft, toRight, closed] = [
    new Emitter<unknown>(),
    new Emitter<unknown>(),
    new Emitter<null>(),
  ];
  const end = (incoming: Emitter<unknown>, outgoing: Emitter<unknown>): Pipe => ({
    send: (message) => {
      const copy: unknown = structuredClone(message);
      setImmediate(() => outgoing.fire(copy));
    },
    onMessage: (listener) => incoming.on(listener),
    onClose: (listener) => closed.on(listener),
  });
  return {
    left: end(toLeft, toRight),
    right: end(toRight, toLeft),
    close: () => closed.fire(null),
  };
}

function connect(): {
  readonly caller: Caller<TestMethods, TestEvents>;
  readonly server: Server<TestEvents>;
  readonly close: () => void;
} {
  const { left, right, close } = pipes();
  const server = serve<TestMethods, TestEvents>(right, {
    double: (values) => values.map((x) => 2 * x),
    fail: (kind) => {
      if (kind === 'plain') throw new TypeError('oops');
      throw new NormscopeError('rule', 'too-late', 'It is too late. Come earlier.');
    },
    wait: async (milliseconds) => {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      return milliseconds;
    },
    never: () => new Promise<null>(() => undefined),
  });
  return { caller: new Caller(left), server, close };
}

describe('channel', () => {
  it('answers requests, typed arrays stay typed arrays', async () => {
    const { caller } = connect();
    const answer = await caller.request('double', Float32Array.of(1, 2.5));
    assert.deepEqual(answer, Float32Array.of(2, 5));
    assert.equal(caller.pending, 0);
  });

  it('gives each request its own answer, in whatever order they come', async () => {
    const { caller } = connect();
    const order: number[] = [];
    const requests = [30, 1, 15].map(async (milliseconds) => {
      const answer = await caller.request('wait', milliseconds);
      assert.equal(answer, milliseconds);
      order.push(answer);
    });
    assert.equal(caller.pending, 3);
    await Promise.all(requests);
    assert.deepEqual(order, [1, 15, 30]);
  });

  it('carries errors with kind, code and message; what is no such error is internal', async () => {
    const { caller } = connect();
    await assert.rejects(caller.request('fail', 'typed'), {
      name: 'NormscopeError',
      kind: 'rule',
      code: 'too-late',
      message: 'It is too late. Come earlier.',
    });
    await assert.rejects(caller.request('fail', 'plain'), { kind: 'internal', message: /oops/ });
    await assert.rejects(caller.request('unknown' as 'never', null), {
      message: /no method unknown/,
    });
    await assert.rejects(caller.request('toString' as 'never', null), { message: /no method/ });
  });

  it('tells events in order, to those who listen at the time', async () => {
    const { caller, server } = connect();
    const heard: number[] = [];
    const columns: Float64Array[] = [];
    const listener = caller.on('count', (count) => heard.push(count));
    caller.on('column', (column) => columns.push(column));
    for (let i = 0; i < 5; i++) server.post('count', i);
    server.post('column', Float64Array.of(1, 2));
    await caller.request('wait', 0);
    assert.deepEqual([heard, columns], [[0, 1, 2, 3, 4], [Float64Array.of(1, 2)]]);
    listener.dispose();
    server.post('count', 5);
    await caller.request('wait', 0);
    assert.equal(heard.length, 5);
  });

  it('takes anything that arrives for a sign of life', async () => {
    const { caller, server } = connect();
    let signs = 0;
    caller.onActivity(() => signs++);
    server.post('count', 1);
    await caller.request('wait', 0);
    assert.equal(signs, 2);
  });

  it('settles every open request when it closes, and refuses new ones', async () => {
    const { caller, close } = connect();
    const open = [caller.request('never', null), caller.request('never', null)];
    close();
    for (const request of open) await assert.rejects(request, { code: 'channel-closed' });
    await assert.rejects(caller.request('wait', 1), { code: 'channel-closed' });
    caller.close(new NormscopeError('environment', 'second', 'ignored'));
    await assert.rejects(caller.request('wait', 1), { code: 'channel-closed' });
  });

  it('closed for a reason, rejects with that reason and tells nothing more', async () => {
    const { caller, server } = connect();
    caller.on('count', () => assert.fail('an event after the end'));
    const open = caller.request('never', null);
    caller.close(new NormscopeError('environment', 'engine-lost', 'Gone.'));
    await assert.rejects(open, { code: 'engine-lost' });
    server.post('count', 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
});

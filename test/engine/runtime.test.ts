import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import { newGraph } from '../../src/compiler/ops/registry.ts';
import { createKernel } from '../../src/engine/kernel/kernel.ts';
import { MemoryPlan } from '../../src/engine/kernel/memory.ts';
import { missingMessage } from '../../src/engine/runtime/load.ts';
import { Session } from '../../src/engine/runtime/session.ts';

describe('runtime session', () => {
  before(buildKernel);

  function productProgram(): ReturnType<ReturnType<typeof newGraph>['build']> {
    const g = newGraph();
    const a = g.input('a', 'float32', [2, 3]);
    const b = g.input('b', 'float32', [3, 2]);
    return g.build('product', [{ name: 'c', value: g.op('MatMul', [a, b]) }]);
  }

  it('reads feeds from and writes fetches into the kernel memory, run after run', async () => {
    const plan = new MemoryPlan();
    const [a, b, c] = [plan.reserve(6), plan.reserve(6), plan.reserve(4)];
    const kernel = createKernel(plan);
    const session = await Session.create(productProgram(), 1);
    const data = kernel.float32(c);
    const run = session.bind(
      [
        { name: 'a', dtype: 'float32', shape: [2, 3], data: kernel.float32(a) },
        { name: 'b', dtype: 'float32', shape: [3, 2], data: kernel.float32(b) },
      ],
      [{ name: 'c', dtype: 'float32', shape: [2, 2], data }],
    );
    kernel.float32(a).set([1, 2, 3, 4, 5, 6]);
    kernel.float32(b).set([1, 0, 0, 1, 1, 1]);
    await run();
    assert.deepEqual([...data], [4, 5, 10, 11]);
    kernel.float32(b).fill(1);
    await run();
    assert.deepEqual([...data], [6, 6, 15, 15]);
    await session.release();
  });

  it('fetches outputs by name and names a program that it refuses', async () => {
    const session = await Session.create(productProgram(), 1);
    const one = new Float32Array(6).fill(1);
    const feeds = [
      { name: 'a', dtype: 'float32', shape: [2, 3], data: one },
      { name: 'b', dtype: 'float32', shape: [3, 2], data: one },
    ] as const;
    const fetched = await session.fetch(feeds, ['c']);
    assert.deepEqual(fetched.get('c'), Float32Array.of(3, 3, 3, 3));
    await assert.rejects(session.fetch(feeds.slice(0, 1), ['c']), { code: 'runtime-failed' });
    await session.release();
  });
});

describe('a runtime that is not there', () => {
  const cause = new Error('Cannot find module ../bin/x.node\nRequire stack: a, b');

  it('is missed by a package of another platform, which names the right one', () => {
    const message = missingMessage('darwin-arm64', ['linux-x64'], cause);
    assert.match(message, /package of Normscope for linux-x64, and this machine is darwin-arm64/);
    assert.match(message, /Install normscope-darwin-arm64\.vsix instead/);
  });

  it('does not exist for some machines, and could not be loaded on others', () => {
    assert.match(
      missingMessage('darwin-x64', [], cause),
      /cannot train on darwin-x64.*linux-arm64/,
    );
    const message = missingMessage('linux-x64', ['linux-x64'], cause);
    assert.match(message, /could not be loaded on linux-x64 \(Cannot find module .*x\.node\)/);
    assert.doesNotMatch(message, /Require stack/);
  });
});

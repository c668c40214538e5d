import assert from 'node:assert/strict';
import path from 'node:path';
import { readAttachArguments, readLaunchArguments } from '../../src/debugger/arguments.ts';

describe('arguments of a debug configuration', () => {
  it('reads what launch.json can say', () => {
    const program = path.resolve('a.model.yaml');
    const read = readLaunchArguments({
      program,
      stopOnEntry: true,
      steps: 20,
      seed: 0,
      threads: 2,
      snapshotEvery: 10,
      resume: '/runs/1',
      set: { 'let.depth': 2, 'train.loss': 'MSELoss' },
      somethingElse: 1,
    });
    assert.deepEqual(read, {
      program,
      stopOnEntry: true,
      noDebug: false,
      steps: 20,
      seed: 0,
      threads: 2,
      snapshotEvery: 10,
      resume: path.resolve('/runs/1'),
      set: ['let.depth=2', 'train.loss=MSELoss'],
    });
    assert.deepEqual(readLaunchArguments({ program, set: ['let.depth=2'] }).set, ['let.depth=2']);
  });

  it('names the argument that is wrong', () => {
    const program = 'a.model.yaml';
    const wrong: readonly (readonly [object | undefined, RegExp])[] = [
      [undefined, /program/],
      [{ program: 3 }, /program/],
      [{ program, steps: 0 }, /steps must be a whole number from 1/],
      [{ program, seed: 1.5 }, /seed/],
      [{ program, threads: 'many' }, /threads/],
      [{ program, stopOnEntry: 'yes' }, /stopOnEntry/],
      [{ program, set: 'let.depth' }, /set/],
      [{ program, set: ['let.depth'] }, /set/],
      [{ program, set: { let: { depth: 2 } } }, /set/],
    ];
    for (const [values, message] of wrong) {
      assert.throws(() => readLaunchArguments(values), { code: 'debug-arguments', message });
    }
  });

  it('attaches to any run when no model is named', () => {
    assert.deepEqual(readAttachArguments({}), { stopOnEntry: false });
    assert.throws(() => readAttachArguments({ program: [] }), { code: 'debug-arguments' });
  });
});

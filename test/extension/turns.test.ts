import assert from 'node:assert/strict';
import { Turns } from '../../src/extension/turns.ts';

describe('turns', () => {
  it('are taken one after the other, and not by what was cancelled meanwhile', async () => {
    const turns = new Turns();
    const ran: string[] = [];
    let finish: () => void = () => assert.fail('the first task has not begun');
    const first = turns.take(() => {
      ran.push('first');
      return new Promise<number>((resolve) => {
        finish = () => {
          resolve(1);
        };
      });
    });
    const token = { isCancellationRequested: false };
    const stale = turns.take(() => {
      ran.push('stale');
      return Promise.resolve(2);
    }, token);
    const third = turns.take(() => {
      ran.push('third');
      return Promise.resolve(3);
    });
    await Promise.resolve();
    assert.deepEqual(ran, ['first']);
    token.isCancellationRequested = true;
    finish();
    assert.deepEqual(await Promise.all([first, stale, third]), [1, undefined, 3]);
    assert.deepEqual(ran, ['first', 'third']);
  });

  it('go on after a task that fails', async () => {
    const turns = new Turns();
    const failing = turns.take(() => Promise.reject(new Error('gone')));
    await assert.rejects(failing, /gone/);
    assert.equal(await turns.take(() => Promise.resolve('next')), 'next');
  });
});

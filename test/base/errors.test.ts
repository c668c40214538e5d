import assert from 'node:assert/strict';
import { errorOf, NormscopeError, reportOf } from '../../src/base/errors.ts';

describe('errors', () => {
  it('keep kind, code and message across a process boundary', () => {
    const error = new NormscopeError('rule', 'non-finite', 'the loss is NaN: lower the rate', {
      cause: new Error('below'),
    });
    const rebuilt = errorOf(structuredClone(reportOf(error)));
    assert.ok(rebuilt instanceof NormscopeError && rebuilt instanceof Error);
    assert.deepEqual(
      [rebuilt.kind, rebuilt.code, rebuilt.message],
      ['rule', 'non-finite', 'the loss is NaN: lower the rate'],
    );
    assert.equal((error.cause as Error).message, 'below');
  });

  it('are known by their mark: a kind of error of ours, and one of another bundle, keep their code', async () => {
    class Special extends NormscopeError {
      constructor() {
        super('rule', 'special', 'this and that');
        this.name = 'Special';
      }
    }
    assert.equal(reportOf(new Special()).code, 'special');
    const copy = '../../src/base/errors.ts?copy';
    const other = (await import(copy)) as { NormscopeError: typeof NormscopeError };
    const foreign = new other.NormscopeError('input', 'foreign', 'from elsewhere');
    assert.ok(!(foreign instanceof NormscopeError));
    assert.equal(reportOf(foreign).code, 'foreign');
  });

  it('report whatever else is thrown as a bug of ours, with its place', () => {
    const report = reportOf(new TypeError('x is undefined'));
    assert.deepEqual([report.kind, report.code], ['internal', 'internal']);
    assert.match(report.message, /TypeError: x is undefined\n\s+at /);
    assert.equal(reportOf('a text').message, 'a text');
  });
});

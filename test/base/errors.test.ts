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

  it('report whatever else is thrown as a bug of ours, with its place', () => {
    const report = reportOf(new TypeError('x is undefined'));
    assert.deepEqual([report.kind, report.code], ['internal', 'internal']);
    assert.match(report.message, /TypeError: x is undefined\n\s+at /);
    assert.equal(reportOf('a text').message, 'a text');
  });
});

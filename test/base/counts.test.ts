import assert from 'node:assert/strict';
import { counted } from '../../src/base/counts.ts';

describe('how many', () => {
  for (const [things, text] of Object.entries(counted)) {
    it(`${things} there are: one, several, thousands`, () => {
      const one = text(1);
      assert.match(one, /^1 [a-z]+$/);
      const plural = one.endsWith('s') ? `${one.slice(2)}es` : `${one.slice(2)}s`;
      assert.equal(plural, things);
      assert.equal(text(0), `0 ${plural}`);
      assert.equal(text(12_000), `12,000 ${plural}`);
    });
  }
});

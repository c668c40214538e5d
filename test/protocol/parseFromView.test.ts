import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseFromView } from '../../src/protocol/parseFromView.ts';
import type { FromView } from '../../src/protocol/view.ts';

const messages: readonly FromView[] = [
  { type: 'ready' },
  { type: 'train' },
  { type: 'pause' },
  { type: 'step', count: 25 },
  { type: 'stop' },
  { type: 'resume' },
  { type: 'reveal', path: 'blocks.3.attention.norm' },
  { type: 'reveal', path: 'blocks.3.attention.norm', also: ['head', 'loss'] },
  { type: 'revealLine', line: 12 },
  { type: 'openExample' },
  { type: 'watchHistogram', norm: 'blocks.3.attention.norm' },
  { type: 'watchHistogram', norm: null },
  { type: 'save', name: 'char-gpt.svg', content: '<svg/>', encoding: 'utf8' },
];

describe('messages of the panel', () => {
  it('lets every message of the protocol through', () => {
    for (const message of messages) assert.deepEqual(parseFromView(message), message);
  });

  it('drops what the type does not name', () => {
    const message = { type: 'reveal', path: 'a', command: 'workbench.action.quit' };
    assert.deepEqual(parseFromView(message), { type: 'reveal', path: 'a' });
  });

  it('refuses counts and lines that are no whole numbers in range, and paths without end', () => {
    for (const count of [0, -1, 1.5, NaN, Infinity, 1e9, '3', null, undefined]) {
      assert.equal(parseFromView({ type: 'step', count }), undefined);
    }
    for (const line of [0, 2.5, '1']) {
      assert.equal(parseFromView({ type: 'revealLine', line }), undefined);
    }
    assert.equal(parseFromView({ type: 'reveal', path: 'x'.repeat(20_000) }), undefined);
    for (const also of ['head', [1], ['x'.repeat(20_000)], Array(20_000).fill('x'), null]) {
      assert.equal(parseFromView({ type: 'reveal', path: 'a', also }), undefined);
    }
  });

  it('never throws, and lets nothing else through', () => {
    const known = new Set(messages.map((message) => message.type));
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withTypedArray: true }), (message) => {
        const parsed = parseFromView(message);
        assert.ok(parsed === undefined || known.has(parsed.type));
      }),
      { numRuns: 500 },
    );
  });
});

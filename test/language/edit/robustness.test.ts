import assert from 'node:assert/strict';
import fc from 'fast-check';
import { complete } from '../../../src/language/edit/complete.ts';
import { hover } from '../../../src/language/edit/hover.ts';
import { inlays } from '../../../src/language/edit/inlays.ts';
import { thingAt } from '../../../src/language/edit/occurrences.ts';
import { modelSymbols } from '../../../src/language/edit/symbols.ts';
import { closeBrackets } from '../../../src/language/syntax/brackets.ts';
import { check, examples } from '../support.ts';
import { positionAt } from './support.ts';

/** The examples, each block once and without comments. */
const texts = [...examples].map(
  ([name, text]) =>
    [name, text.replace(/depth: \d+/, 'depth: 1').replaceAll(/^\s*#.*\n| #.*$/gm, '')] as const,
);

/**
 * Characters between two places that are asked about; NORMSCOPE_STRIDE=1 asks about every one. A step that is prime to the lengths of
 * words and lines: places of every kind come by.
 */
const stride = Number(process.env['NORMSCOPE_STRIDE'] ?? 29);

function useAll(text: string, offsets: readonly number[]): void {
  const { tree } = check(closeBrackets(text));
  modelSymbols(text);
  inlays(tree);
  for (const offset of offsets) {
    const position = positionAt(text, offset);
    for (const { label, insert } of complete(text, position, tree)) {
      assert.ok(label !== '' && insert !== '');
    }
    hover(text, position, tree);
    thingAt(text, position, tree);
  }
}

describe('what an editor asks', () => {
  it('is answered all over every example', function () {
    this.timeout(3_600_000);
    for (const [, text] of texts) {
      const count = Math.ceil(text.length / stride);
      useAll(
        text,
        Array.from({ length: count }, (_, index) => stride * index),
      );
    }
  });

  it('is answered at the end of every beginning of an example', () => {
    for (const [, text] of texts.slice(0, 3)) {
      for (let end = 0; end <= text.length; end += 7) {
        const start = text.slice(0, end);
        useAll(start, [end]);
      }
    }
  });

  it('is answered whatever is put into a text', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ': ',
      '- ',
      '\n',
      '"',
      "'",
      '#',
      '&a ',
      '*a',
      ',',
      '\t',
      '|',
      '__proto__',
      '**',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...texts.map(([, text]) => text)),
        fc.double({ min: 0, max: 1, noNaN: true }),
        piece,
        fc.integer({ min: 0, max: 9 }),
        (text, where, added, removed) => {
          const at = Math.floor(where * text.length);
          const changed = text.slice(0, at) + added + text.slice(at + removed);
          useAll(changed, [at, at + added.length, Math.min(at + 12, changed.length)]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('closing brackets', () => {
  it('leaves a whole text as it is', () => {
    for (const text of examples.values()) assert.equal(closeBrackets(text), text);
  });

  it('closes what is open where the block style goes on, and at the end', () => {
    assert.equal(
      closeBrackets('layers:\n  - A: { x: [1\n  - B\n'),
      'layers:\n  - A: { x: [1 ]}\n  - B\n',
    );
    assert.equal(closeBrackets('a: [1, # one ]\n   2\nb: {'), 'a: [1, # one ]\n   2 ]\nb: { }');
    assert.equal(closeBrackets("a: '['\nb: x[1\n"), "a: '['\nb: x[1\n");
    assert.equal(closeBrackets('a\nb: "\n[\n"\nc: {'), 'a\nb: "\n[\n"\nc: { }');
    assert.equal(closeBrackets("a\nb: '\n[\n'\nc\nd: [\n"), "a\nb: '\n[\n'\nc\nd: [ ]\n");
  });

  it('keeps every line where it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('[', '{', '}', ']', '- ', 'a: ', '\n', '  ', '"', '# ', 'x')),
        (parts) => {
          const text = parts.join('');
          assert.equal(closeBrackets(text).split('\n').length, text.split('\n').length);
        },
      ),
    );
  });
});

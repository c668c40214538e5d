import assert from 'node:assert/strict';
import fc from 'fast-check';
import { globToRegExp, isGlob } from '../../src/base/glob.ts';

describe('globs', () => {
  const cases: readonly (readonly [string, '/' | '.', string, boolean])[] = [
    ['*.txt', '/', 'a.txt', true],
    ['*.txt', '/', 'books/a.txt', false],
    ['**/*.txt', '/', 'a.txt', true],
    ['**/*.txt', '/', 'books/old/a.txt', true],
    ['books/**', '/', 'books/old/a.txt', true],
    ['books/**', '/', 'booksold', false],
    ['chapter-?.md', '/', 'chapter-1.md', true],
    ['chapter-?.md', '/', 'chapter-10.md', false],
    ['[a-c]*.{txt,md}', '/', 'book.md', true],
    ['[!a-c]*.{txt,md}', '/', 'book.md', false],
    ['a+b(1).txt', '/', 'a+b(1).txt', true],
    ['{unclosed', '/', '{unclosed', true],
    ['[z-a]', '/', '[z-a]', true],
    ['**', '.', 'blocks.0.norm.in', true],
    ['blocks.*.norm.in', '.', 'blocks.3.norm.in', true],
    ['blocks.*.norm.in', '.', 'blocks.3.mlp.norm.in', false],
    ['blocks.**.in', '.', 'blocks.3.mlp.norm.in', true],
    ['blocks.**', '.', 'blocks', true],
    ['**.grad:*', '.', 'blocks.0.norm.grad:in', true],
    ['**.grad:*', '.', 'blocks.0.norm.in', false],
    ['head.param:{weight,bias}', '.', 'head.param:bias', true],
  ];
  for (const [pattern, separator, name, matches] of cases) {
    it(`${pattern} ${matches ? 'matches' : 'does not match'} ${name}`, () => {
      assert.equal(globToRegExp(pattern, separator).test(name), matches);
    });
  }

  it('never throws, and a pattern without special characters matches itself alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, name) => {
        const expression = globToRegExp(pattern, '/');
        if (!isGlob(pattern)) assert.equal(expression.test(name), pattern === name);
      }),
      { numRuns: 2000 },
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseModelText } from '../../src/language/syntax/document.ts';
import { readModelText } from '../../src/language/syntax/parsed.ts';
import { PieceReader } from '../../src/language/syntax/pieces.ts';
import type { Position, SyntaxMap } from '../../src/language/syntax/tree.ts';
import { examples } from './support.ts';

/** The tree without the two ends that may stand on another blank line: of the list of layers, and of the root. */
function comparable({ entries, range }: SyntaxMap): unknown {
  const open = (one: { readonly start: Position }) => ({ start: one.start });
  return {
    range: open(range),
    entries: entries.map((entry) =>
      entry.key === 'layers'
        ? { ...entry, value: { ...entry.value, range: open(entry.value.range) } }
        : entry,
    ),
  };
}

/** Both ways to read a text agree; false where it is read as a whole anyway. */
function agree(reader: PieceReader, text: string): boolean {
  const pieces = reader.read(text);
  if (pieces === undefined) return false;
  const whole = parseModelText(text, [], (code, message) => {
    assert.fail(`${code} ${message} in a text that was read in pieces:\n${text}`);
  });
  assert.ok(whole);
  assert.deepEqual(comparable(pieces), comparable(whole), text);
  return true;
}

describe('reading in pieces', () => {
  it('gives the tree of the whole text, of every example and most of its beginnings', () => {
    const reader = new PieceReader();
    let count = 0;
    for (const [name, text] of examples) {
      assert.ok(agree(reader, text), name);
      for (let end = 0; end < text.length; end += 11) {
        if (agree(reader, `${text.slice(0, end)}\n`)) count++;
      }
    }
    assert.ok(count > 100, `${count} beginnings`);
  });

  it('gives the tree of the whole text, whatever is put into it', () => {
    const reader = new PieceReader();
    const texts = [...examples.values()].filter((text) => text.length < 2500);
    const piece = fc.constantFrom(
      ...['- ', '  - ', '\n', '\n  - GELU\n', '    ', '"', "'", '[', '{', ']', '}', ': ', '# '],
      ...['|\n', '>', '&a ', '*a', '!!map ', '---\n', '? ', '\t', '\r\n', 'layers:\n', '~', 'x'],
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.double({ min: 0, max: 1, noNaN: true }),
        piece,
        fc.integer({ min: 0, max: 6 }),
        (text, where, added, removed) => {
          const at = Math.floor(where * text.length);
          agree(reader, text.slice(0, at) + added + text.slice(at + removed));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('moves what it knows to where it stands now', () => {
    const reader = new PieceReader();
    const text =
      'layers:\n  - Linear: 4\n  - { Linear: 4 }\n\n  # one\n  - GELU\ntrain: { data: x }\n';
    for (const changed of [text, `\n\n${text}`, text.replace('- GELU', '- Tanh\n  - GELU')]) {
      assert.ok(agree(reader, changed), changed);
    }
  });

  it('leaves alone what reaches over several layers', () => {
    for (const text of [
      'layers:\n  - &a GELU\n  - *a\n',
      'layers:\n  - "a\n  - b"\n',
      'layers:\n  - [a,\n  - b]\n',
      'model: "a\nlayers:\n  - x"\n',
      'let: { a: 1,\nlayers:\n  - x\n}\n',
      'layers:\n  - model: |\n      a\n',
      'layers: [GELU]\n',
    ]) {
      assert.equal(new PieceReader().read(text), undefined, text);
    }
  });

  it('says again what was wrong with a text', () => {
    const read = (): readonly string[] => {
      const codes: string[] = [];
      readModelText('layers:\n  - A: 1\n    A: 2\n', [], (code) => {
        codes.push(code);
      });
      return codes;
    };
    assert.deepEqual(read(), ['duplicate-key']);
    assert.deepEqual(read(), ['duplicate-key']);
  });
});

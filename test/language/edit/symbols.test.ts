import assert from 'node:assert/strict';
import { inlays } from '../../../src/language/edit/inlays.ts';
import { modelSymbols, type ModelSymbol } from '../../../src/language/edit/symbols.ts';
import { check, examples } from '../support.ts';
import { textOf } from './support.ts';

type Tree = readonly (string | readonly [string, Tree])[];

function treeOf(symbols: readonly ModelSymbol[]): Tree {
  return symbols.map(({ name, detail, children }) => {
    const shown = detail === '' ? name : `${name} (${detail})`;
    return children.length === 0 ? shown : ([shown, treeOf(children)] as const);
  });
}

const model = `model: small
let: { width: 8 }
define:
  Block:
    - Residual:
        name: mlp
        norm: { LayerNorm: { bias: false } }
        body:
          - Linear: width
          - GELU
layers:
  - Linear: { out_features: width, name: first }
  - Repeat: { times: 2, body: [Block, { Linear: 8 }] }
  - Sequential: [Tanh]
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 3, features: 5 } }
  steps: 4
`;

describe('symbols', () => {
  it('are the sections, and the layers with what is in them', () => {
    assert.deepEqual(treeOf(modelSymbols(model)), [
      'model (small)',
      ['let', ['width (8)']],
      ['define', [['Block', [['mlp (Residual)', ['LayerNorm', 'Linear', 'GELU']]]]]],
      [
        'layers',
        ['first (Linear)', ['Repeat', ['Block', 'Linear']], ['Sequential', ['Tanh']], 'Linear'],
      ],
      ['train', ['data', 'steps (4)']],
    ]);
  });

  it('reach over what they are, and a parent over its children', () => {
    const [first] = modelSymbols(model).find(({ name }) => name === 'layers')?.children ?? [];
    assert.ok(first);
    assert.equal(
      textOf(model, first.range).trimEnd(),
      'Linear: { out_features: width, name: first }',
    );
    assert.equal(textOf(model, first.selection), 'Linear');
  });

  it('are there while a text is half typed', () => {
    const half = model.replace('name: first }', 'name: first').replace('classes\n', '[\n');
    assert.deepEqual(treeOf(modelSymbols(half)), treeOf(modelSymbols(model)));
    assert.deepEqual(modelSymbols(''), []);
    assert.deepEqual(modelSymbols('- a'), []);
  });
});

describe('inlay hints', () => {
  it('show shape and parameters once for each line', () => {
    const found = inlays(check(model).tree).map(({ line, text }) => [line, text]);
    assert.deepEqual(found, [
      [12, '[8] · 48 parameters'],
      [13, '[8] · 304 parameters'],
      [5, '[8] · 80 parameters'],
      [7, '[8] · 8 parameters'],
      [9, '[8] · 72 parameters'],
      [10, '[8]'],
      [14, '[8]'],
      [15, '[3] · 27 parameters'],
    ]);
  });

  it('stand at lines of the text that hold a layer', () => {
    for (const text of examples.values()) {
      const lines = text.split('\n');
      const found = inlays(check(text).tree);
      assert.ok(found.length > 4);
      for (const { line } of found) assert.match(lines[line - 1] ?? '', /[A-Z]\w+/);
      assert.equal(new Set(found.map(({ line }) => line)).size, found.length);
    }
  });
});

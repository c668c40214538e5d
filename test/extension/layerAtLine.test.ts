import assert from 'node:assert/strict';
import { layerAtLine, lineOfLayer } from '../../src/extension/layerAtLine.ts';

const text = `model: small
let: { width: 8 }
layers:
  - Embedding: width
  - Repeat:
      times: 2
      name: blocks
      body:
        - Residual:
            name: mlp

            body:
              - Linear: width
  - Linear: 4
train:
  steps: 3
`;
const lines = text.split('\n');
const layers = [
  { path: 'embedding', line: 4 },
  { path: 'blocks.0', line: 5 },
  { path: 'blocks.0.mlp', line: 9 },
  { path: 'blocks.0.mlp.linear', line: 13 },
  { path: 'blocks.1', line: 5 },
  { path: 'blocks.1.mlp', line: 9 },
  { path: 'blocks.1.mlp.linear', line: 13 },
  { path: 'linear', line: 14 },
];

function at(line: number, preferred: string | null = null): string | null {
  return layerAtLine(layers, lines, line, preferred);
}

describe('the layer at a line', () => {
  it('is the one that begins there', () => {
    assert.equal(at(4), 'embedding');
    assert.equal(at(13), 'blocks.0.mlp.linear');
    assert.equal(at(14), 'linear');
  });

  it('is the one that an argument line belongs to', () => {
    assert.equal(at(6), 'blocks.0');
    assert.equal(at(10), 'blocks.0.mlp');
    assert.equal(at(12), 'blocks.0.mlp');
  });

  it('stays in the iteration of a Repeat that is selected already', () => {
    assert.equal(at(9, 'blocks.1.mlp'), 'blocks.1.mlp');
    assert.equal(at(12, 'blocks.1.mlp'), 'blocks.1.mlp');
    assert.equal(at(9, 'linear'), 'blocks.0.mlp');
  });

  it('is none outside of the layers and on empty lines', () => {
    for (const line of [1, 2, 3, 11, 15, 16, 17, 99]) assert.equal(at(line), null, `line ${line}`);
  });
});

describe('the line of a layer', () => {
  it('is where it begins, or where the nearest container that is known does', () => {
    assert.equal(lineOfLayer(layers, 'blocks.1.mlp'), 9);
    assert.equal(lineOfLayer(layers, 'blocks.1.mlp.norm'), 9);
    assert.equal(lineOfLayer(layers, 'nowhere.to.be'), undefined);
  });
});

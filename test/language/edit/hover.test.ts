import assert from 'node:assert/strict';
import { hover } from '../../../src/language/edit/hover.ts';
import { layerDefinitions } from '../../../src/language/layers/registry.ts';
import { examples } from '../support.ts';
import { textOf, typed } from './support.ts';

function hoverAt(marked: string): { readonly on: string; readonly text: string } | undefined {
  const { text, position, report } = typed(marked);
  const found = hover(text, position, report.tree);
  return found && { on: textOf(text, found.range), text: found.text };
}

const model = `let: { width: 8, wide: 4 * width }
define:
  Block: [{ Linear: wide }, GELU]
layers:
  - Linear: { out_features: 4 * width, name: first }
  - Repeat: { times: 3, name: blocks, body: [Block] }
  - Linear: { out_features: classes, from: blocks.1.1 }
train:
  data: { gaussian-blobs: { classes: 3, features: 5 } }
  optimizer: { AdamW: { lr: 1e-3 } }
  batch: 2
`;

describe('hover', () => {
  it('shows formula, summary, arguments and link of every layer', () => {
    for (const { type, doc, arguments: specs } of layerDefinitions) {
      const found = hoverAt(`layers:\n  - ${type[0] ?? ''}¦${type.slice(1)}\n`);
      assert.equal(found?.on, type);
      for (const part of [doc.formula ?? '', doc.summary, doc.url ?? '', ...Object.keys(specs)]) {
        assert.ok(found.text.includes(part), `${type}: ${part}`);
      }
    }
  });

  it('shows output, parameters and cost of the layer in this model', () => {
    const found = hoverAt(model.replace('- Linear', '- Lin¦ear'));
    // 5 · 32 weights and 32 biases; for each of 2 cases 5 · 32 multiplications and as many additions.
    assert.match(
      found?.text ?? '',
      /output `\[32\]` · 192 parameters · 640 FLOP forward per batch/,
    );
    const inBlock = hoverAt(model.replace('[{ Linear', '[{ ¦Linear'));
    assert.match(inBlock?.text ?? '', /3 times, each: output `\[32\]` · 1,056 parameters/);
  });

  it('shows the cost of containers with what is in them', () => {
    const found = hoverAt(model.replace('- Repeat', '- Rep¦eat'));
    assert.match(found?.text ?? '', /output `\[32\]` · 3,168 parameters/);
  });

  it('shows what an argument is, and what it takes', () => {
    const found = hoverAt(model.replace('{ out_features: 4', '{ out_¦features: 4'));
    assert.equal(found?.on, 'out_features');
    assert.match(found.text, /whole number >= 1 · required/);
    assert.match(hoverAt(model.replace('times:', 'ti¦mes:'))?.text ?? '', /\*\*times\*\*/);
    assert.match(hoverAt(model.replace('lr:', 'l¦r:'))?.text ?? '', /Learning rate/);
    assert.match(hoverAt(model.replace('AdamW', 'Adam¦W'))?.text ?? '', /Loshchilov/);
    assert.match(hoverAt(model.replace('batch:', 'bat¦ch:'))?.text ?? '', /default: `32`/);
    assert.match(hoverAt(model.replace('from:', 'fr¦om:'))?.text ?? '', /path of the layer/);
  });

  it('shows values of names and formulas', () => {
    assert.match(hoverAt(model.replace('width: 8', 'wi¦dth: 8'))?.text ?? '', /`width = 8`/);
    assert.match(hoverAt(model.replace('wide: 4', 'wi¦de: 4'))?.text ?? '', /`wide = 32`/);
    const formula = hoverAt(model.replace('features: 4 * width', 'features: 4 * wi¦dth'));
    assert.match(formula?.text ?? '', /`width = 8`\n\n`4 \* width = 32`/);
    assert.match(hoverAt(model.replace('Linear: wide', 'Linear: wi¦de'))?.text ?? '', /= 32/);
    assert.match(hoverAt(model.replace('classes,', 'cla¦sses,'))?.text ?? '', /`classes = 3`/);
  });

  it('shows what a path leads to', () => {
    const found = hoverAt(model.replace('blocks.1.1', 'blo¦cks.1.1'));
    assert.match(found?.text ?? '', /\*\*GELU\*\* `blocks\.1\.1` on line 3/);
  });

  it('says nothing where there is nothing', () => {
    assert.equal(hoverAt('layers:\n  - GELU # ¦comment\n'), undefined);
    assert.equal(hoverAt(`# ¦\n${model}`), undefined);
    assert.equal(hoverAt('¦'), undefined);
  });

  it('works while brackets are open', () => {
    const found = hoverAt(model.replace('- Linear: {', '- Lin¦ear: {').replace('first }', 'first'));
    assert.match(found?.text ?? '', /output `\[32\]`/);
  });

  it('tells the size of the examples as PyTorch does', () => {
    const text = examples.get('char-gpt') ?? '';
    const found = hoverAt(text.replace('- MultiheadAttention', '- Multihead¦Attention'));
    assert.match(found?.text ?? '', /4 times, each: output `\[64, 128\]` · 65,536 parameters/);
  });
});

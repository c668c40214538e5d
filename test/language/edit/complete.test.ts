import assert from 'node:assert/strict';
import { complete, type Completion } from '../../../src/language/edit/complete.ts';
import { initializers } from '../../../src/language/layers/initializers.ts';
import { layerDefinitions } from '../../../src/language/layers/registry.ts';
import { check } from '../support.ts';
import { edited, textOf, typed } from './support.ts';

const train = 'train:\n  data: { gaussian-blobs: { classes: 3, features: 5 } }\n';

function completionsAt(marked: string): readonly Completion[] {
  const { text, position, report } = typed(marked);
  return complete(text, position, report.tree);
}

function labelsAt(marked: string): readonly string[] {
  return completionsAt(marked).map(({ label }) => label);
}

/** The text after taking the completion `label`, tab stops filled with their own text or `fill`. */
function taking(marked: string, label: string, fill = ''): string {
  const { text } = typed(marked);
  const found = completionsAt(marked).find((one) => one.label === label);
  assert.ok(found, `${label} is offered`);
  const plain = found.insert
    .replaceAll(/\$\{\d+\|([^,|]*)[^|]*\|\}/g, '$1')
    .replaceAll(/\$\{\d+:([^}]*)\}/g, fill === '' ? '$1' : fill)
    .replaceAll(/\$\d+/g, fill);
  const line = text.split('\n')[found.range.start.line - 1] ?? '';
  const indent = /^ */.exec(line)?.[0] ?? '';
  const shown = plain.replaceAll('\n', `\n${indent}`).replaceAll('\t', '  ');
  return edited(text, [{ range: found.range, text: shown }]);
}

describe('completion', () => {
  it('offers every layer and define where a layer belongs, in block and in flow style', () => {
    const every = layerDefinitions.map(({ type }) => type);
    for (const marked of [
      `define:\n  Block: [GELU]\nlayers:\n  - ¦\n${train}`,
      `define:\n  Block: [GELU]\nlayers:\n  - Li¦\n  - GELU\n${train}`,
      `define:\n  Block: [GELU]\nlayers: [¦\n${train}`,
      `define:\n  Block: [GELU]\nlayers: [{ ¦\n${train}`,
      `define:\n  Block: [GELU]\nlayers:\n  ¦`,
      `define:\n  Block: [GELU]\nlayers:\n  - Residual:\n      body:\n        - ¦\n${train}`,
      `define:\n  Block: [GELU]\nlayers:\n  - Residual: { norm: LayerNorm, body: [GELU, ¦`,
    ]) {
      const labels = labelsAt(marked);
      for (const type of ['Block', ...every])
        assert.ok(labels.includes(type), `${type}: ${marked}`);
    }
  });

  it('writes a layer so that it can be read, with its required arguments', () => {
    for (const { type } of layerDefinitions) {
      for (const marked of [
        `layers:\n  - ¦\n${train}`,
        `layers: [¦]\n${train}`,
        `layers: [{ ¦ }]\n${train}`,
        `layers:\n  ¦\n${train}`,
        `layers:\n  - Sequential:\n      body:\n        - ¦\n${train}`,
      ]) {
        const text = taking(marked, type, type === 'Reshape' ? '5' : '1');
        const bad = ['syntax', 'missing-argument', 'unknown-layer', 'unknown-argument'];
        const codes = check(text)
          .diagnostics.filter(({ message }) => !message.includes('the data has no'))
          .map(({ code }) => code);
        // Lists of layers and paths are for the user to fill.
        const isOpen = ['Residual', 'Repeat', 'Sequential', 'Add', 'Mul', 'Concat'].includes(type);
        const wrong = codes.filter((code) => bad.includes(code) && !isOpen);
        assert.deepEqual(wrong, [], text);
      }
    }
  });

  it('writes containers with their body in block style', () => {
    assert.equal(
      taking('layers:\n  - ¦\n', 'Sequential', 'GELU'),
      'layers:\n  - Sequential:\n      body:\n        - GELU\n',
    );
    assert.equal(
      taking('layers: [¦]\n', 'Sequential', 'GELU'),
      'layers: [{ Sequential: [GELU] }]\n',
    );
  });

  it('offers the arguments that a layer does not have yet, required ones first', () => {
    const flow = labelsAt(`layers:\n  - Linear: { bias: false, ¦ }\n${train}`);
    assert.equal(flow[0], 'out_features');
    assert.ok(flow.includes('name') && flow.includes('init') && !flow.includes('bias'));
    const block = labelsAt(`layers:\n  - Linear:\n      ¦\n      bias: false\n${train}`);
    assert.deepEqual(block, flow);
    assert.deepEqual(labelsAt(`layers:\n  - Linear:\n      bias: false\n      o¦\n${train}`), flow);
    assert.deepEqual(labelsAt('layers:\n  - Linear: { bias: false, out¦\n  - GELU\n'), flow);
  });

  it('offers common keys beside a type', () => {
    const labels = labelsAt(`layers:\n  - Linear: 8\n    ¦\n${train}`);
    assert.deepEqual(labels, ['name', 'from', 'init', 'share']);
  });

  it('offers the values that an argument takes, and the names of let of that kind', () => {
    const lets = 'let: { width: 8, where: post, biased: true }\n';
    const values = (use: string) => labelsAt(`${lets}layers:\n  - ${use}\n${train}`);
    assert.deepEqual(values('Linear: { out_features: 4, bias: ¦ }'), ['true', 'false', 'biased']);
    assert.deepEqual(values('Residual: { placement: ¦'), ['pre', 'post', 'peri', 'none', 'where']);
    assert.ok(values('Residual: { scale: ¦').includes('learned'));
    const norms = values('Residual: { norm: ¦');
    assert.ok(norms.includes('LayerNorm') && norms.includes('none') && !norms.includes('GELU'));
    const numbers = values('Linear: { out_features: 4 * w¦ }');
    assert.ok(numbers.includes('width') && numbers.includes('classes') && numbers.includes('sqrt'));
    assert.ok(!numbers.includes('where') && !numbers.includes('vocabulary'));
    assert.deepEqual(values('Linear: wi¦').slice(0, 2), ['width', 'classes']);
  });

  it('says what the default is', () => {
    const found = completionsAt('layers:\n  - Residual: { placement: ¦');
    assert.deepEqual(
      found.filter(({ detail }) => detail === 'default').map(({ label }) => label),
      ['pre'],
    );
    assert.match(found[0]?.documentation ?? '', /Where the norm stands/);
  });

  it('offers initializers by parameter, for a layer and for all of a type', () => {
    const names = [...initializers.keys()];
    assert.deepEqual(labelsAt('layers:\n  - Linear: { init: { weight: ¦'), names);
    assert.deepEqual(labelsAt('init:\n  Linear: { weight: ¦'), names);
    assert.deepEqual(labelsAt('layers:\n  - Linear: { init: { ¦'), ['weight', 'bias']);
    assert.deepEqual(labelsAt('init:\n  LayerNorm:\n    ¦'), ['weight', 'bias']);
    assert.ok(labelsAt('init:\n  ¦').includes('Conv2d'));
    assert.deepEqual(labelsAt('layers:\n  - Linear: { init: { weight: { normal: { ¦'), [
      'mean',
      'std',
    ]);
  });

  it('offers paths of layers before, as short as they can be', () => {
    const marked = `layers:
  - Linear: { out_features: 4, name: first }
  - Residual:
      name: block
      body:
        - Linear: { out_features: 4, name: inner }
        - Linear: { out_features: 4, name: outer, from: ¦ }
  - Linear: 3
${train}`;
    assert.deepEqual(labelsAt(marked), ['input', 'first', 'inner']);
    const after = marked
      .replace('from: ¦ ', 'bias: true ')
      .replace('Linear: 3', 'Add: { from: [first, ¦');
    assert.deepEqual(
      labelsAt(after),
      ['input', 'first', 'block', 'inner', 'outer'].map((name) =>
        ['inner', 'outer'].includes(name) ? `block.${name}` : name,
      ),
    );
    const shared = marked.replace('from: ¦', 'share: { weight: ¦ }');
    assert.ok(labelsAt(shared).includes('block.inner.weight'));
  });

  it('offers sections, kinds of training, and their arguments', () => {
    assert.deepEqual(labelsAt('model: x\n¦\nlayers: [GELU]\n'), ['let', 'define', 'init', 'train']);
    assert.ok(labelsAt('layers: [GELU]\ntrain:\n  ¦\n').includes('optimizer'));
    assert.deepEqual(labelsAt('train:\n  optimizer: ¦'), ['SGD', 'Adam', 'AdamW']);
    assert.deepEqual(labelsAt('train:\n  loss: ¦'), ['CrossEntropyLoss', 'MSELoss']);
    assert.ok(labelsAt('train:\n  data: ¦').includes('two-spirals'));
    assert.ok(labelsAt('train:\n  data: { ¦').includes('modular-addition'));
    assert.deepEqual(labelsAt('train:\n  data: { text: a.txt, ¦'), [
      'context',
      'validation',
      'masked',
    ]);
    assert.deepEqual(labelsAt('train:\n  schedule: { ¦'), ['warmup', 'cosine_to']);
    assert.ok(labelsAt('train:\n  optimizer: { AdamW: { lr: 1e-3, ¦').includes('betas'));
  });

  it('replaces the whole word that the cursor is in, and keeps a colon that is there', () => {
    const marked = `layers:\n  - Lin¦ar: 8\n${train}`;
    const { text } = typed(marked);
    const found = completionsAt(marked).find(({ label }) => label === 'Linear');
    assert.ok(found);
    assert.equal(textOf(text, found.range), 'Linar');
    assert.equal(found.insert, 'Linear');
  });

  it('offers nothing in comments, quotes and names', () => {
    for (const marked of [
      'layers:\n  - GELU # Li¦',
      '# ¦',
      'train:\n  data: { text: "a¦',
      'layers:\n  - Linear: { name: ¦',
      'model: ¦',
    ]) {
      assert.deepEqual(labelsAt(marked), [], marked);
    }
  });
});

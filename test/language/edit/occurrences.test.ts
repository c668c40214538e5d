import assert from 'node:assert/strict';
import { thingAt } from '../../../src/language/edit/occurrences.ts';
import { rename } from '../../../src/language/edit/rename.ts';
import { check, examples } from '../support.ts';
import { edited, positionAt, typed } from './support.ts';

const model = `let: { width: 8, wide: 4 * width, where: pre }
define:
  Block:
    - Residual:
        name: mlp
        placement: where
        norm: LayerNorm
        body: [{ Linear: wide }, { Linear: { out_features: width, name: last } }]
layers:
  - Linear: { out_features: width, name: first }
  - Repeat: { times: 2, name: blocks, body: [Block] }
  - Block
  - Add: { from: [first, blocks.1.mlp.last] }
  - Linear: { out_features: width, from: "blocks.0.mlp", share: { weight: first.weight }, bias: false }
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 3, features: 8 } }
  batch: max(width, 2)
`;

/** Number of references of what is at the mark, and the line that it is defined on. */
function found(marked: string) {
  const { text, position, report } = typed(marked);
  const thing = thingAt(text, position, report.tree);
  return thing && [thing.kind, thing.name, thing.definition.start.line, thing.references.length];
}

function renamed(text: string, at: string, name: string): string {
  const { position, report } = typed(text.replace(at, `¦${at}`));
  const result = rename(text, position, name, report.tree);
  assert.equal(result.kind, 'edits', at);
  return edited(text, result.edits);
}

describe('definition and references', () => {
  it('of values of let, in formulas and as words', () => {
    assert.deepEqual(found(model.replace('{ width:', '{ wi¦dth:')), ['let', 'width', 1, 5]);
    assert.deepEqual(found(model.replace('max(width', 'max(wid¦th')), ['let', 'width', 1, 5]);
    assert.deepEqual(found(model.replace('placement: where', 'placement: w¦here')), [
      'let',
      'where',
      1,
      1,
    ]);
    assert.deepEqual(found(model.replace('Linear: wide', 'Linear: wide¦')), ['let', 'wide', 1, 1]);
  });

  it('of defines', () => {
    assert.deepEqual(found(model.replace('  Block:', '  ¦Block:')), ['define', 'Block', 3, 2]);
    assert.deepEqual(found(model.replace('- Block', '- Blo¦ck')), ['define', 'Block', 3, 2]);
  });

  it('of names of layers, by each part of a path', () => {
    assert.deepEqual(found(model.replace('name: mlp', 'name: m¦lp')), ['name', 'mlp', 5, 2]);
    assert.deepEqual(found(model.replace('[first', '[fi¦rst')), ['name', 'first', 10, 2]);
    assert.deepEqual(found(model.replace('1.mlp.last', '1.mlp.la¦st')), ['name', 'last', 8, 1]);
    assert.deepEqual(found(model.replace('"blocks.0', '"bl¦ocks.0')), ['name', 'blocks', 11, 2]);
  });

  it('of nothing else', () => {
    assert.equal(found(model.replace('- Add', '- A¦dd')), undefined);
    assert.equal(found(model.replace('max(', 'm¦ax(')), undefined);
    assert.equal(found(model.replace('bias: false', 'bias: fal¦se')), undefined);
    assert.equal(found('¦'), undefined);
  });
});

describe('rename', () => {
  it('changes a name wherever it is meant, and the model stays the same', () => {
    const before = check(model);
    const codes = before.diagnostics.map(({ code, severity }) => `${severity} ${code}`);
    assert.ok(!codes.some((code) => code.startsWith('error')));
    for (const [at, name] of [
      ['width: 8', 'w'],
      ['where: pre', 'place'],
      ['Block:', 'Part'],
      ['first }', 'stem'],
      ['mlp\n', 'feed-forward'],
      ['blocks, body', 'stages'],
      ['last }', 'end'],
    ] as const) {
      const text = renamed(model, at, name);
      assert.notEqual(text, model);
      const after = check(text);
      const left = after.diagnostics.map(({ code, severity }) => `${severity} ${code}`);
      assert.deepEqual(left, codes, text);
      assert.equal(after.parameters, before.parameters);
    }
  });

  it('leaves other text alone', () => {
    const text = renamed(model, 'width: 8', 'w');
    assert.equal(text.replaceAll(/\bw\b/g, 'width'), model);
  });

  it('refuses names that cannot be, and things without a name', () => {
    const refusedAt = (at: string, name: string) => {
      const { text, position, report } = typed(model.replace(at, `¦${at}`));
      return rename(text, position, name, report.tree).kind;
    };
    assert.equal(refusedAt('width: 8', 'a b'), 'refused');
    assert.equal(refusedAt('width: 8', 'classes'), 'refused');
    assert.equal(refusedAt('width: 8', 'wide'), 'refused');
    assert.equal(refusedAt('Block:', 'Linear'), 'refused');
    assert.equal(refusedAt('first }', 'input'), 'refused');
    assert.equal(refusedAt('first }', '3'), 'refused');
    assert.equal(refusedAt('Add:', 'Sum'), 'refused');
  });

  it('keeps examples what they are, whichever value of let, define or name is renamed', () => {
    for (const example of ['char-gpt', 'film', 'highway', 'residual-mlp']) {
      const text = examples.get(example) ?? '';
      const before = check(text);
      for (const match of text.matchAll(
        /(?<=name: )\w+|(?<=^ {2})\w+(?=:$)|(?<=[{,] )\w+(?=: \d+[, ])/gm,
      )) {
        const position = positionAt(text, match.index);
        const result = rename(text, position, 'renamed_thing', before.tree);
        if (result.kind === 'refused') continue;
        const after = check(edited(text, result.edits));
        assert.deepEqual(
          after.diagnostics.map(({ code }) => code),
          before.diagnostics.map(({ code }) => code),
          `${example}: ${match[0]}`,
        );
        assert.equal(after.parameters, before.parameters, `${example}: ${match[0]}`);
      }
    }
  });
});

import assert from 'node:assert/strict';
import { diagnosticCodes } from '../../src/language/syntax/codes.ts';
import { checkModel } from '../../src/language/check/check.ts';
import { diagnosticCases } from './diagnosticCases.ts';
import { check, underlined } from './support.ts';
import { onPoints, onTokens } from './texts.ts';

/** Codes whose tests need more than a text: see below, and the tests of the document. */
const elsewhere = ['too-deep', 'too-many-aliases', 'bad-override', 'data-unknown'];

describe('diagnostics', () => {
  for (const one of diagnosticCases) {
    const { code, text, at, message } = one;
    it(`${code} at '${at.slice(0, 30)}': ${message.source.slice(0, 50)}`, () => {
      const found = check(text).diagnostics;
      const [first] = found;
      assert.ok(first, 'no diagnostic');
      assert.deepEqual(
        found.map((other) => other.code),
        [code],
        JSON.stringify(found, null, 1),
      );
      assert.equal(first.severity, one.severity ?? 'error');
      assert.match(first.message, message);
      if (at !== '') assert.equal(underlined(text, first), at);
      if (one.line !== undefined) assert.equal(first.range.start.line, one.line);
      if (one.path !== undefined) assert.equal(first.path, one.path);
    });
  }

  it('has a test for every code', () => {
    const tested = new Set([...diagnosticCases.map(({ code }) => code), ...elsewhere]);
    assert.deepEqual(
      Object.keys(diagnosticCodes).filter((code) => !tested.has(code)),
      [],
    );
  });

  it('says that shapes are assumed while a text has not been read', () => {
    const text = onTokens('- Embedding: 8', '- Linear: vocabulary');
    const { diagnostics, model, layers } = checkModel(text);
    assert.deepEqual(
      diagnostics.map(({ code, severity }) => [code, severity]),
      [['data-unknown', 'warning']],
    );
    assert.equal(model, undefined);
    assert.deepEqual(layers.at(-1)?.outputShape, [32, 8, 256]);
  });

  it('refuses layers that nest without end', () => {
    const defines = Array.from({ length: 70 }, (_, i) => `A${i}: [A${i + 1}]`);
    const text = `define: { ${defines.join(', ')}, A70: [ReLU] }\n${onPoints('- A0', '- Linear: 4')}`;
    assert.deepEqual(
      check(text).diagnostics.map(({ code }) => code),
      ['too-deep'],
    );
  });

  it('refuses values of let that depend on each other without end', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => `a${i}: a${i + 1} + 1`);
    const text = `let: { ${chain.join(', ')} }\n${onPoints('- Linear: 4')}`;
    const { diagnostics } = check(text);
    assert.match(diagnostics[0]?.message ?? '', /depend on each other over more than 100 steps/);
  });

  it('quotes long words shortened', () => {
    const { diagnostics } = check(onPoints(`- ${'Linear'.repeat(10_000)}`, '- Linear: 4'));
    assert.equal(diagnostics[0]?.code, 'unknown-layer');
    assert.equal(diagnostics[0].message.length, 501);
  });

  it('reports a mistake in a repeated body once, and nothing that follows from it', () => {
    const text = onTokens(
      '- Embedding: 8',
      '- Repeat: { times: 5, name: blocks, body: [{ Linear: 9 }, { MultiheadAttention: 2 }] }',
      '- LayerNorm',
      '- Linear: { out_features: 3, name: out }',
      '- Add: [out, blocks]',
    );
    const { diagnostics } = check(text);
    assert.deepEqual(
      diagnostics.map(({ code, path }) => [code, path]),
      [['heads-not-dividing', 'blocks.0.1']],
    );
  });

  it('does not call a layer unknown that is only wrong', () => {
    const text = onPoints('- Linaer: 4', '  name: a', '- Linear: { out_features: 4, from: a }');
    assert.deepEqual(
      check(text).diagnostics.map(({ code }) => code),
      ['unknown-layer'],
    );
  });

  it('goes on after an error: mistakes that do not follow from each other are all there, in order', () => {
    const text = onPoints('- Linear: { out_features: 4, baias: true }', '- Dropout: 2', '- Gelu');
    assert.deepEqual(
      check(text).diagnostics.map(({ code, range }) => [code, range.start.line]),
      [
        ['unknown-argument', 2],
        ['bad-value', 3],
        ['unknown-layer', 4],
      ],
    );
  });
});

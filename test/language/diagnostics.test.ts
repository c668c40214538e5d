import assert from 'node:assert/strict';
import { diagnosticCodes } from '../../src/language/syntax/codes.ts';
import { checkModel } from '../../src/language/check/check.ts';
import { pictureCases } from './pictureDiagnostics.ts';
import { check, onPoints, onTokens, underlined, type DiagnosticCase } from './support.ts';

const train = 'train:\n  data: two-spirals\n';

const cases: readonly DiagnosticCase[] = [
  ...pictureCases,
  {
    code: 'syntax',
    text: `model: @x\n${onPoints('- Linear: 4')}`,
    at: '@',
    message: /cannot start with reserved character @/,
  },
  {
    code: 'duplicate-key',
    text: onPoints('- Linear: { out_features: 4, bias: true, bias: false }'),
    at: 'bias',
    message: /'bias' stands here twice, first on line 2/,
  },
  {
    code: 'wrong-kind',
    text: onPoints('- [1, 2]', '- Linear: classes'),
    at: '[1, 2]',
    message: /a layer belongs here, e\.g\. Linear: 128, not a list/,
  },
  {
    code: 'wrong-kind',
    text: onPoints('- Linear: { out_features: 4, bias: 1 }'),
    at: '1',
    path: '0',
    message: /bias of Linear is true or false, not 1/,
  },
  {
    code: 'wrong-kind',
    text: onPoints('- Linear: 4', '  LayerNorm: {}'),
    at: 'LayerNorm',
    message: /one entry is one layer, and here are Linear and LayerNorm/,
  },
  {
    code: 'wrong-kind',
    text: onPoints('- LayerNorm: 5', '- Linear: 4'),
    at: '5',
    message: /LayerNorm takes named arguments: write LayerNorm: \{ \.\.\. \}/,
  },
  {
    code: 'wrong-kind',
    text: `model: [a]\n${onPoints('- Linear: 4')}`,
    at: '[a]',
    message: /model is a name, not a list/,
  },
  {
    code: 'unknown-key',
    text: `layer: []\nlayers: [{ Linear: 2 }]\n${train}`,
    at: 'layer',
    message: /a model file has no 'layer'; did you mean 'layers'\?/,
  },
  {
    code: 'unknown-key',
    text: `layers: [{ Linear: 2 }]\n${train}  optimzer: SGD\n`,
    at: 'optimzer',
    message: /train has no 'optimzer'; did you mean 'optimizer'\?/,
  },
  {
    code: 'unknown-key',
    text: 'layers: [{ Linear: 2 }]\ntrain:\n  data: { two-spirals: {}, noise: 1 }\n',
    at: 'noise',
    message: /noise belongs into two-spirals: \{ \.\.\. \}/,
  },
  {
    code: 'missing-key',
    text: 'layers: [{ Linear: 2 }]\ntrain: { steps: 4 }\n',
    at: 'train',
    message: /train needs data: \{ text: file, context: 64 \}, or one of copy, sort/,
  },
  {
    code: 'missing-key',
    text: train,
    at: '',
    message: /a model file has a list of layers under `layers:`/,
  },
  {
    code: 'unknown-layer',
    text: onPoints('- Linaer: 4', '- Linear: classes'),
    at: 'Linaer',
    message: /there is no layer 'Linaer'; did you mean 'Linear'\?/,
  },
  {
    code: 'unknown-layer',
    text: onPoints('- Residual: { norm: LayrNorm, body: [{ Linear: 6 }] }', '- Linear: 4'),
    at: 'LayrNorm',
    path: '0.norm',
    message: /there is no norm layer 'LayrNorm'; did you mean 'LayerNorm'\?/,
  },
  {
    code: 'unknown-layer',
    text: `init: { Linera: { weight: zeros } }\n${onPoints('- Linear: 4')}`,
    at: 'Linera',
    message: /did you mean 'Linear'\?/,
  },
  {
    code: 'unknown-argument',
    text: onTokens('- Embedding: 8', '- MultiheadAttention: { num_heads: 2, casual: true }'),
    at: 'casual',
    path: '1',
    message: /MultiheadAttention has no argument 'casual'; did you mean 'causal'\?/,
  },
  {
    code: 'unknown-argument',
    text: onPoints('- ReLU: { inplace: true }', '- Linear: 4'),
    at: 'inplace',
    message: /ReLU has no argument 'inplace'; it takes none/,
  },
  {
    code: 'missing-argument',
    text: onPoints('- Linear: { bias: false }'),
    at: 'Linear',
    path: '0',
    message: /Linear needs out_features: Size of the last axis/,
  },
  {
    code: 'missing-argument',
    text: onPoints('- Linear:'),
    at: 'Linear',
    message: /Linear needs out_features/,
  },
  {
    code: 'missing-argument',
    text: onPoints('- Residual: { norm: LayerNorm, body: }', '- Linear: 4'),
    at: 'body',
    message: /body of Residual has no value/,
  },
  {
    code: 'missing-argument',
    text: onPoints('- Embedding: 4'),
    at: 'Embedding',
    message: /Embedding needs num_embeddings: the data has no vocabulary/,
  },
  {
    code: 'missing-argument',
    text: onPoints('- Mul', '- Linear: 4'),
    at: 'Mul',
    message: /Mul needs from: \[a, b\], or factor: a number/,
  },
  {
    code: 'duplicate-argument',
    text: onPoints('- Linear: { out_features: 4, name: a }', '  name: b'),
    at: 'name',
    line: 2,
    message: /name is given beside Linear and among its arguments/,
  },
  {
    code: 'bad-value',
    text: onPoints('- Linear: 7 / 2'),
    at: '7 / 2',
    message: /out_features of Linear must be a whole number, not 7 \/ 2, which is 3\.5/,
  },
  {
    code: 'bad-value',
    text: onPoints('- Linear: 0'),
    at: '0',
    message: /out_features of Linear must be at least 1, not 0|between 1 and/,
  },
  {
    code: 'bad-value',
    text: onPoints('- Dropout: 1', '- Linear: 4'),
    at: '1',
    message: /p of Dropout must be in \[0, 1\), not 1/,
  },
  {
    code: 'bad-value',
    text: onPoints('- Residual: { placement: befor, body: [{ Linear: 6 }] }', '- Linear: 4'),
    at: 'befor',
    message: /placement of Residual is one of pre, post, peri, none, not 'befor'/,
  },
  {
    code: 'bad-value',
    text: onPoints('- Residual: { norm: Linear, body: [{ Linear: 6 }] }', '- Linear: 4'),
    at: 'Linear',
    message: /Linear is no norm layer; there are LayerNorm, RMSNorm/,
  },
  {
    code: 'bad-value',
    text: `${onPoints('- Linear: 4')}  optimizer: { SGD: { nesterov: true } }\n`,
    at: '{ nesterov: true }',
    message: /SGD: nesterov needs momentum above 0 and dampening 0/,
  },
  {
    code: 'bad-value',
    text: `${onPoints('- Linear: 4')}  loss: CrossEntropy\n`,
    at: 'CrossEntropy',
    message: /there is no loss 'CrossEntropy'; did you mean 'CrossEntropyLoss'\?/,
  },
  {
    code: 'bad-value',
    text: onTokens('- Embedding: { embedding_dim: 8, num_embeddings: 60 }', '- Linear: 65'),
    at: '60',
    message: /num_embeddings 60 is too small: the data has 65 token ids/,
  },
  {
    code: 'bad-value',
    text: onTokens('- Embedding: { embedding_dim: 8, padding_idx: 65 }', '- Linear: 65'),
    at: '65',
    message: /padding_idx 65 is no token id: there are 65, counted from 0/,
  },
  {
    code: 'bad-expression',
    text: onPoints('- Linear: 2 +'),
    at: '2 +',
    message: /out_features of Linear: unexpected the end in '2 \+'/,
  },
  {
    code: 'unknown-name',
    text: `let: { width: 8 }\n${onPoints('- Linear: 2 * widht', '- Linear: width')}`,
    at: '2 * widht',
    message: /there is no value named 'widht'; did you mean 'width'\?/,
  },
  {
    code: 'circular-let',
    text: `let: { a: b + 1, b: a + 1 }\n${onPoints('- Linear: 4')}`,
    at: 'b + 1',
    message: /let goes in a circle: a → b → a/,
  },
  {
    code: 'reserved-name',
    text: `let: { vocabulary: 8 }\n${onPoints('- Linear: 4')}`,
    at: 'vocabulary',
    message: /'vocabulary' is known already/,
  },
  {
    code: 'reserved-name',
    text: `define: { Linear: [ReLU] }\n${onPoints('- Linear: 4')}`,
    at: 'Linear',
    line: 1,
    message: /Linear is a layer: choose another name/,
  },
  {
    code: 'reserved-name',
    text: onPoints('- Linear: { out_features: 4, name: input }'),
    at: 'input',
    message: /'input' is the model's input/,
  },
  {
    code: 'bad-name',
    text: onPoints('- Linear: { out_features: 4, name: a.b }'),
    at: 'a.b',
    message: /a layer name starts with a letter .* not 'a\.b'/,
  },
  {
    code: 'bad-name',
    text: onPoints(
      '- Residual: { norm: { LayerNorm: { name: x } }, body: [{ Linear: 6 }] }',
      '- Linear: 4',
    ),
    at: 'LayerNorm',
    message: /this LayerNorm is always named norm/,
  },
  {
    code: 'duplicate-name',
    text: onPoints(
      '- Linear: { out_features: 4, name: a }',
      '- Linear: { out_features: 4, name: a }',
    ),
    at: 'a',
    line: 3,
    message: /'a' is already the name of the layer on line 2/,
  },
  {
    code: 'duplicate-name',
    text: onPoints(
      '- Residual: { norm: LayerNorm, body: [{ Linear: 6, name: norm }] }',
      '- Linear: classes',
    ),
    at: 'norm',
    message: /'norm' is already the name/,
  },
  {
    code: 'recursive-define',
    text: `define: { A: [B], B: [A, ReLU] }\n${onPoints('- A', '- Linear: 4')}`,
    at: 'A',
    line: 1,
    message: /A uses itself/,
  },
  {
    code: 'unknown-reference',
    text: onPoints(
      '- Linear: { out_features: 4, name: first }',
      '- Linear: { out_features: 4, from: frist }',
    ),
    at: 'frist',
    path: '1',
    message: /there is no layer 'frist'; did you mean 'first'\?/,
  },
  {
    code: 'unknown-reference',
    text: onTokens(
      '- Embedding: { embedding_dim: 8, name: tokens }',
      '- Linear: { out_features: vocabulary, share: { weight: token.weight } }',
    ),
    at: 'token.weight',
    message:
      /there is no parameter 'token\.weight' before this layer; did you mean 'tokens\.weight'\?/,
  },
  {
    code: 'reference-too-early',
    text: onPoints('- Add: [last, input]', '- Linear: { out_features: 4, name: last }'),
    at: 'last',
    path: '0',
    message: /'last' on line 3 is computed only after this layer/,
  },
  {
    code: 'reference-too-early',
    text: onPoints(
      '- Residual: { name: r, body: [{ Linear: { out_features: 6, from: r } }] }',
      '- Linear: 4',
    ),
    at: 'r',
    message: /'r' is this layer itself, or contains it/,
  },
  {
    code: 'unknown-parameter',
    text: onPoints('- Linear: { out_features: 4, init: { wieght: zeros } }'),
    at: 'wieght',
    message: /Linear has no parameter 'wieght'; did you mean 'weight'\?/,
  },
  {
    code: 'unknown-parameter',
    severity: 'warning',
    text: onPoints('- Linear: { out_features: 4, bias: false, init: { bias: zeros } }'),
    at: 'Linear',
    path: '0',
    message: /init of bias does nothing: this Linear has no bias/,
  },
  {
    code: 'shared-shape',
    text: onTokens(
      '- Embedding: { embedding_dim: 8, name: tokens }',
      '- Linear: 6',
      '- Linear: { out_features: vocabulary, share: { weight: tokens.weight } }',
    ),
    at: 'tokens.weight',
    message: /weight must be \[65, 6\] here, and tokens\.weight is \[65, 8\] \(line 2\)/,
  },
  {
    code: 'bad-initializer',
    text: onPoints('- Linear: { out_features: 4, init: { weight: { noraml: {} } } }'),
    at: 'noraml',
    message: /there is no initializer 'noraml'; did you mean 'normal'\?/,
  },
  {
    code: 'bad-initializer',
    text: onPoints('- Linear: { out_features: 4, init: { bias: xavier_uniform } }'),
    at: 'Linear',
    message: /xavier_uniform cannot initialize bias of Linear: it needs a matrix, .* \[4\]/,
  },
  {
    code: 'shape-mismatch',
    text: onTokens('- Embedding: 8', '- Mean: 1', '- MultiheadAttention: 2', '- Linear: 65'),
    at: 'MultiheadAttention',
    path: '2',
    message: /MultiheadAttention takes \[batch, positions, features\], not \[32, 8\] from line 3/,
  },
  {
    code: 'shape-mismatch',
    text: onTokens('- Embedding: 8', '- PositionalEmbedding: 4', '- Linear: 65'),
    at: '4',
    message: /the input has 8 positions \(line 2\), PositionalEmbedding at most 4: raise it to 8/,
  },
  {
    code: 'shape-mismatch',
    text: onPoints(
      '- Linear: { out_features: 4, name: a }',
      '- Linear: { out_features: 5, name: b }',
      '- Add: [a, b]',
    ),
    at: 'Add',
    path: '2',
    message: /a \[32, 4\] \(line 2\) and b \[32, 5\] \(line 3\) do not fit together/,
  },
  {
    code: 'shape-mismatch',
    text: onPoints('- Reshape: [4, -1]', '- Linear: 4'),
    at: '[4, -1]',
    message:
      /the input \[32, 6\] \(line 5\) has 6 elements in each case and cannot become \[4, -1\]/,
  },
  {
    code: 'shape-mismatch',
    text: onPoints('- LayerNorm: { normalized_shape: 7 }', '- Linear: 4'),
    at: '7',
    message: /normalized_shape is \[7\], and the input from line 5 is \[32, 6\]/,
  },
  {
    code: 'shape-mismatch',
    text: onPoints('- Mean: 1', '- Linear: 4'),
    at: 'Linear',
    message:
      /Linear works on the last axis, and its input \[32\] \(line 2\) has none beside the batch/,
  },
  {
    code: 'shape-mismatch',
    text: onPoints('- Softmax: 2', '- Linear: 4'),
    at: '2',
    message: /dim 2 is no axis of \[32, 6\] \(line 5\)/,
  },
  {
    code: 'residual-mismatch',
    text: onPoints(
      '- Linear: 64',
      '- Residual:',
      '    body:',
      '      - Linear: 128',
      '- Linear: 4',
    ),
    at: 'Residual',
    path: '1',
    message:
      /^skip has 64 channels, branch has 128: add shortcut: projection \(skip \[32, 64\] from line 2, branch \[32, 128\] from line 5\)$/,
  },
  {
    code: 'residual-sizes',
    text: onTokens('- Embedding: 8', '- Residual: { body: [{ Mean: 1 }] }', '- Linear: 65'),
    at: 'Residual',
    message:
      /skip and branch differ in more than their width.*skip \[32, 8, 8\] from line 2, branch \[32, 8\] from line 3/,
  },
  {
    code: 'heads-not-dividing',
    text: onTokens('- Embedding: 8', '- MultiheadAttention: { num_heads: 3 }', '- Linear: 65'),
    at: '3',
    path: '1',
    message: /3 heads do not divide the width 8 of the input \(line 2\): use 2 or 4/,
  },
  {
    code: 'too-few-values',
    text: `${onPoints('- BatchNorm1d', '- Linear: classes')}  batch: 1\n`,
    at: 'BatchNorm1d',
    message:
      /BatchNorm1d needs more than 1 value per channel, .* is \[1, 6\]: train with a larger batch/,
  },
  {
    code: 'groups-not-dividing',
    text: onPoints('- GroupNorm: 4', '- Linear: classes'),
    at: '4',
    message: /4 groups do not divide the 6 channels of .*: use 3 or 6/,
  },
  {
    code: 'needs-numbers',
    text: onTokens('- Linear: 65'),
    at: 'Linear',
    message:
      /Linear computes with numbers, and its input \(line 4\) holds token ids: put an Embedding first/,
  },
  {
    code: 'needs-tokens',
    text: onTokens('- Embedding: 8', '- Embedding: 8', '- Linear: 65'),
    at: 'Embedding',
    line: 3,
    message: /Embedding looks up token ids, and its input \(line 2\) holds numbers/,
  },
  {
    code: 'batch-axis',
    text: onPoints('- Mean: 0', '- Linear: 4'),
    at: '0',
    message: /dim 0 is the batch axis of \[32, 6\], which stays as it is/,
  },
  {
    code: 'loss-mismatch',
    text: onPoints('- Linear: 8', '- Linear: 3'),
    at: 'Linear',
    line: 3,
    path: '1',
    message: /the network's output has 3 classes, the data has 4: end with Linear: classes/,
  },
  {
    code: 'loss-mismatch',
    text: onTokens('- Embedding: 8', '- Mean: 1', '- Linear: vocabulary'),
    at: 'Linear',
    message: /output is \[32, 65\], CrossEntropyLoss needs \[32, 8, 65\]/,
  },
  {
    code: 'loss-mismatch',
    text: `${onPoints('- Linear: 1')}  loss: MSELoss\n`,
    at: 'Linear',
    message: /MSELoss compares the output \[32, 1\] with targets \[32\]/,
  },
  {
    code: 'too-large',
    text: onPoints('- Linear: 1000000', '- Linear: 1000000', '- Linear: 4'),
    at: 'Linear',
    line: 3,
    message: /a tensor \[1000000, 1000000\] would hold 1000000000000 elements/,
  },
  {
    code: 'too-many-layers',
    text: onPoints(
      '- Repeat: { times: 10000, body: [Tanh, Tanh, Tanh, Tanh, ReLU] }',
      '- Linear: 4',
    ),
    at: 'Tanh',
    message: /more than 50000 layers when repeats are written out/,
  },
  {
    code: 'unused-define',
    severity: 'warning',
    text: `define: { A: [ReLU] }\n${onPoints('- Linear: 4')}`,
    at: 'A',
    message: /no layer uses A/,
  },
  {
    code: 'unused-let',
    severity: 'warning',
    text: `let: { width: 4, depth: 2 }\n${onPoints('- Linear: width')}`,
    at: 'depth',
    message: /nothing uses depth/,
  },
  {
    code: 'unused-layer',
    severity: 'warning',
    text: onPoints(
      '- Linear: { out_features: 5, name: a }',
      '- Linear: { out_features: 4, from: input }',
    ),
    at: 'Linear',
    line: 2,
    path: 'a',
    message: /nothing uses the output of a/,
  },
  {
    code: 'norms-in-series',
    severity: 'warning',
    text: onPoints(
      '- Residual: { norm: LayerNorm, placement: post, body: [{ Linear: 6 }] }',
      '- RMSNorm',
      '- Linear: 4',
    ),
    at: 'RMSNorm',
    message: /1 normalizes again what 0\.norm \(line 2\) has just normalized/,
  },
  {
    code: 'missing-final-norm',
    severity: 'warning',
    text: onPoints(
      '- Repeat: { times: 3, body: [{ Residual: { norm: RMSNorm, body: [{ Linear: 6 }] } }] }',
      '- Linear: 4',
    ),
    at: 'Residual',
    path: '0.2.0',
    message: /add RMSNorm after the blocks/,
  },
  {
    code: 'post-norm-without-warmup',
    severity: 'warning',
    text: onPoints(
      '- Repeat: { times: 6, body: [{ Residual: { norm: LayerNorm, placement: post, body: [{ Linear: 6 }] } }] }',
      '- Linear: 4',
    ),
    at: 'Residual',
    message: /6 post-norm blocks .* add schedule: \{ warmup: 200 \}/,
  },
  {
    code: 'tiny-batch',
    severity: 'warning',
    text: `${onPoints('- BatchNorm1d', '- Linear: 4')}  batch: 2\n`,
    at: 'BatchNorm1d',
    message: /from batches of 2: use a larger batch, or GroupNorm/,
  },
  {
    code: 'bias-before-norm',
    severity: 'warning',
    text: onPoints('- Linear: 6', '- BatchNorm1d', '- Linear: 4'),
    at: 'Linear',
    message: /the bias of 0 does nothing: 1 \(line 3\) takes the mean .*; write bias: false/,
  },
  {
    code: 'deepnorm-without-post-norm',
    severity: 'warning',
    text: onPoints('- Residual: { norm: LayerNorm, scale: deepnorm, body: [Tanh] }', '- Linear: 4'),
    at: 'Residual',
    message: /add norm: LayerNorm and placement: post/,
  },
];

/** Codes whose tests need more than a text: see below, and the tests of the document. */
const elsewhere = ['too-deep', 'too-many-aliases', 'bad-override', 'data-unknown'];

describe('diagnostics', () => {
  for (const one of cases) {
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
    const tested = new Set([...cases.map(({ code }) => code), ...elsewhere]);
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

import { onPoints, onTokens, type DiagnosticCase } from './texts.ts';

/** What must be said of names, references, shapes and the loss. */
export const layerCases: readonly DiagnosticCase[] = [
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
];

import { onPoints, type DiagnosticCase } from './texts.ts';

/** What must be said of models that can be trained and hardly are meant so. */
export const lintCases: readonly DiagnosticCase[] = [
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

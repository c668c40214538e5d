import assert from 'node:assert/strict';
import { check } from '../support.ts';
import { onPoints, onTokens } from '../texts.ts';
import { edited } from './support.ts';

const train = 'train:\n  data: two-spirals\n';

/** A text with a mistake, and what the first fix makes of it. */
const cases: readonly (readonly [code: string, text: string, fixed: string])[] = [
  ['unknown-layer', onPoints('- Liner: 4'), onPoints('- Linear: 4')],
  ['unknown-layer', onPoints('- Linear: 4', '- Gelu_'), onPoints('- Linear: 4', '- GELU')],
  [
    'unknown-layer',
    `${onPoints('- Linear: 4')}init:\n  Liner: { weight: zeros }\n`,
    `${onPoints('- Linear: 4')}init:\n  Linear: { weight: zeros }\n`,
  ],
  [
    'unknown-argument',
    onPoints('- Linear: { out_feature: 4, out_features: 4 }'),
    onPoints('- Linear: { out_features: 4, out_features: 4 }'),
  ],
  [
    'missing-argument',
    onPoints('- Linear: { bias: false }', '- Linear: 4'),
    onPoints('- Linear: { out_features: 1, bias: false }', '- Linear: 4'),
  ],
  [
    'missing-argument',
    onPoints('- Linear:', '    bias: false', '- Linear: 4'),
    onPoints('- Linear:', '    out_features: 1', '    bias: false', '- Linear: 4'),
  ],
  [
    'bad-value',
    onPoints('- Residual: { placement: prre, body: [{ Linear: 6 }] }', '- Linear: 4'),
    onPoints('- Residual: { placement: pre, body: [{ Linear: 6 }] }', '- Linear: 4'),
  ],
  [
    'unknown-name',
    `let: { width: 4 }\n${onPoints('- Linear: 2 * widht', '- Linear: 4 * width')}`,
    `let: { width: 4 }\n${onPoints('- Linear: 2 * width', '- Linear: 4 * width')}`,
  ],
  [
    'unknown-key',
    `layers: [{ Linear: 2 }]\n${train}  optimzer: SGD\n`,
    `layers: [{ Linear: 2 }]\n${train}  optimizer: SGD\n`,
  ],
  [
    'bad-value',
    `layers: [{ Linear: 2 }]\n${train}  optimizer: AdanW\n`,
    `layers: [{ Linear: 2 }]\n${train}  optimizer: AdamW\n`,
  ],
  [
    'bad-value',
    'layers: [{ Linear: 2 }]\ntrain:\n  data: two-spiral\n',
    'layers: [{ Linear: 2 }]\ntrain:\n  data: two-spirals\n',
  ],
  [
    'unknown-parameter',
    onPoints('- Linear: { out_features: 4, init: { wieght: zeros } }'),
    onPoints('- Linear: { out_features: 4, init: { weight: zeros } }'),
  ],
  [
    'bad-initializer',
    onPoints('- Linear: { out_features: 4, init: { weight: zeroes } }'),
    onPoints('- Linear: { out_features: 4, init: { weight: zeros } }'),
  ],
  [
    'unknown-reference',
    onPoints(
      '- Linear: { out_features: 4, name: stem }',
      '- Linear: { out_features: 4, from: stme }',
    ),
    onPoints(
      '- Linear: { out_features: 4, name: stem }',
      '- Linear: { out_features: 4, from: stem }',
    ),
  ],
  [
    'unknown-reference',
    onTokens(
      '- Embedding: { embedding_dim: 8, name: tokens }',
      '- Linear: { out_features: vocabulary, share: { weight: token.weight } }',
    ),
    onTokens(
      '- Embedding: { embedding_dim: 8, name: tokens }',
      '- Linear: { out_features: vocabulary, share: { weight: tokens.weight } }',
    ),
  ],
  [
    'residual-mismatch',
    onPoints('- Residual: { body: [{ Linear: 4 }] }'),
    onPoints('- Residual: { shortcut: projection, body: [{ Linear: 4 }] }'),
  ],
  [
    'residual-mismatch',
    onPoints('- Residual: { shortcut: identity, body: [{ Linear: 4 }] }'),
    onPoints('- Residual: { shortcut: projection, body: [{ Linear: 4 }] }'),
  ],
  [
    'residual-mismatch',
    onPoints('- Residual:', '    name: block', '    body:', '      - Linear: 4'),
    onPoints(
      '- Residual:',
      '    shortcut: projection',
      '    name: block',
      '    body:',
      '      - Linear: 4',
    ),
  ],
];

describe('quick fixes', () => {
  for (const [code, text, fixed] of cases) {
    it(`put right ${code}: ${text.split('\n').find((line) => !fixed.includes(`${line}\n`)) ?? ''}`, () => {
      const before = check(text).diagnostics.filter(({ severity }) => severity === 'error');
      const problem = before.find((one) => one.code === code);
      const [fix] = problem?.fixes ?? [];
      assert.ok(fix, `${code} has a fix`);
      const after = edited(text, fix.edits);
      assert.equal(after, fixed);
      const left = check(after).diagnostics.filter((one) => one.code === code);
      assert.deepEqual(left, []);
    });
  }

  it('are not offered where nothing is near, or where the place cannot be told', () => {
    for (const text of [
      onPoints('- Xyzzy: 4'),
      onPoints('- Residual: [{ Linear: 4 }]'),
      `let: { width: 4 }\n${onPoints('- Linear: "2 * widht\\u0020"')}`,
    ]) {
      assert.deepEqual(
        check(text).diagnostics.flatMap(({ fixes = [] }) => fixes),
        [],
        text,
      );
    }
  });
});

import { diagnosticCases } from '../diagnosticCases.ts';
import { onPoints } from '../texts.ts';

/** Codes that nothing is offered for, and why no change of the text would be safe. */
export const withoutFix: Readonly<Record<string, string>> = {
  'too-deep': 'what was meant by so many levels is lost',
  'too-many-aliases': 'the file is hostile, or generated',
  'bad-override': 'the mistake is on the command line',
  'bad-expression': 'half a formula has no other half',
  'circular-let': 'any of the values could be the one to change',
  'recursive-define': 'a define that uses itself has no body that could have been meant',
  'reference-too-early': 'the order of computation is the design itself',
  'residual-sizes': 'no projection leads from one shape to the other',
  'too-large': 'which size is too large is for the author to say',
  'too-many-layers': 'which repetition is too long is for the author to say',
  'data-unknown': 'it goes away when the data can be read',
};

/** Texts with one mistake, beside those of the table of diagnostics. */
export const furtherFixCases: readonly (readonly [code: string, text: string])[] = [
  ['syntax', onPoints('- Linear: { out_features: 4', '- Linear: { out_features: 4 }')],
  ['batch-axis', onPoints('- Softmax: 0', '- Linear: 4')],
  [
    'duplicate-key',
    onPoints('- Linear:', '    out_features: 4', '    bias: true', '    bias: false'),
  ],
  [
    'duplicate-key',
    onPoints('- Linear:', '    bias: true', '    bias: false', '    out_features: 4'),
  ],
  ['missing-argument', onPoints('- Linear')],
  ['missing-argument', onPoints('- Linear', '- Linear: 4')],
  ['missing-argument', onPoints('- GroupNorm', '- Linear: 4')],
  ['missing-key', 'layers:\n  - Linear: 2\n'],
  ['missing-key', 'layers:\n  - Linear: 2\ntrain:\n'],
  ['missing-key', 'train:\n  data: { copy: { symbols: 4 } }\n'],
  ['unused-let', `let:\n  a: 1\n  b: 4\n${onPoints('- Linear: b')}`],
  ['unused-let', `let:\n  a: 1\n${onPoints('- Linear: 4')}`],
  ['unused-define', `define:\n  A:\n    - ReLU\n  B: [ReLU]\n${onPoints('- B', '- Linear: 4')}`],
  ['norms-in-series', onPoints('- LayerNorm', '- RMSNorm:', '    eps: 1e-5', '- Linear: 4')],
  ['unknown-argument', onPoints('- Linear: { out_features: 4, out_feature: 4 }')],
  ['unknown-argument', onPoints('- ReLU: { inplace: true, name: a }', '- Linear: 4')],
];

/** Texts with a mistake that a fix may put right, by the code of the mistake. */
export const fixCases: readonly (readonly [code: string, text: string])[] = [
  ...diagnosticCases.map(({ code, text }) => [code, text] as const),
  ...furtherFixCases,
];

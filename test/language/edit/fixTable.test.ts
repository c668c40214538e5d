import assert from 'node:assert/strict';
import { applyEdits, fixesFor } from '../../../src/language/edit/fix/fixes.ts';
import { diagnosticCodes } from '../../../src/language/syntax/codes.ts';
import { diagnosticCases } from '../diagnosticCases.ts';
import { check, onPoints } from '../support.ts';

/** Codes that nothing is offered for, and why no change of the text would be safe. */
const withoutFix: Readonly<Record<string, string>> = {
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
const further: readonly (readonly [code: string, text: string])[] = [
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

const all = [...diagnosticCases.map(({ code, text }) => [code, text] as const), ...further];

/** The text after the first fix of its problem; undefined where none is offered. */
async function fixed(text: string, code: string): Promise<string | undefined> {
  const { diagnostics, tree } = check(text);
  const problem = diagnostics.find((one) => one.code === code);
  assert.ok(problem, `${code} is found in\n${text}`);
  const checked = (changed: string) => Promise.resolve(check(changed).diagnostics);
  const [fix] = await fixesFor(text, diagnostics, problem, tree, checked);
  return fix && applyEdits(text, fix.edits);
}

function codesOf(text: string): readonly string[] {
  return check(text).diagnostics.map(({ code }) => code);
}

describe('quick fixes of every code', () => {
  for (const code of Object.keys(diagnosticCodes)) {
    const texts = all.filter(([one]) => one === code).map(([, text]) => text);
    const reason = withoutFix[code];
    if (reason !== undefined) {
      it(`${code}: none, for ${reason}`, async () => {
        for (const text of texts) assert.equal(await fixed(text, code), undefined, text);
      });
      continue;
    }
    it(`${code}: puts it right, and nothing else goes wrong`, async () => {
      let clean = 0;
      for (const text of texts) {
        const after = await fixed(text, code);
        if (after === undefined) continue;
        const left = codesOf(after);
        const before = codesOf(text).filter((one) => one === code).length;
        assert.ok(left.filter((one) => one === code).length < before, after);
        if (left.length < codesOf(text).length) clean++;
      }
      assert.ok(clean > 0, `none of ${texts.length} texts can be put right`);
    });
  }

  it('are offered for an error that hid a warning, too', async () => {
    const text = onPoints('- LayerNorm', '- RMSNorm', '- Linear: 3');
    const after = await fixed(text, 'loss-mismatch');
    assert.equal(after, text.replace('Linear: 3', 'Linear: classes'));
  });

  it('are offered for the texts that are here for them', async () => {
    for (const [code, text] of further) {
      const after = await fixed(text, code);
      assert.ok(after !== undefined, `${code}:\n${text}`);
      assert.ok(codesOf(after).length < codesOf(text).length, after);
    }
  });
});

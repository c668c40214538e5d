import assert from 'node:assert/strict';
import { applyEdits, fixesFor } from '../../../src/language/edit/fix/fixes.ts';
import { diagnosticCodes } from '../../../src/language/syntax/codes.ts';
import { check } from '../support.ts';
import { onPoints } from '../texts.ts';
import { fixCases, furtherFixCases, withoutFix } from './fixCases.ts';

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
    const texts = fixCases.filter(([one]) => one === code).map(([, text]) => text);
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
    for (const [code, text] of furtherFixCases) {
      const after = await fixed(text, code);
      assert.ok(after !== undefined, `${code}:\n${text}`);
      assert.ok(codesOf(after).length < codesOf(text).length, after);
    }
  });
});

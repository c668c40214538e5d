import assert from 'node:assert/strict';
import { registryTexts } from '../../scripts/registryTexts.ts';
import { readTexts } from '../../scripts/l10n.ts';
import { checkModel } from '../../src/language/check/check.ts';
import { complete } from '../../src/language/edit/complete.ts';
import { fixesFor } from '../../src/language/edit/fix/fixes.ts';
import { describeArgument, describeKind, describeLayer } from '../../src/language/edit/describe.ts';
import { hover } from '../../src/language/edit/hover.ts';
import type { ArgumentSpecs } from '../../src/language/layers/arguments.ts';
import { dataSources } from '../../src/language/layers/dataSources.ts';
import { initializers } from '../../src/language/layers/initializers.ts';
import { losses } from '../../src/language/layers/losses.ts';
import { optimizers } from '../../src/language/layers/optimizers.ts';
import { layerDefinitions } from '../../src/language/layers/registry.ts';
import { diagnosticCases } from './diagnosticCases.ts';
import { requireChinese, speakChinese } from '../project/chinese.ts';
import { check } from './support.ts';
import { onPoints, onTokens } from './texts.ts';

/** As of a text that was never checked in English: what is known of a text is kept with its messages. */
function fresh(text: string): string {
  return `${text}\n# 中文\n`;
}

/** Texts whose codes need more than one of the cases. */
const further: readonly string[] = [
  onTokens(`- ReLU: ${'['.repeat(150)}`),
  `define: { A: [B], B: [B] }\n${onPoints('- A', '- Linear: 4')}`,
  'layers: &a [*a, *b]',
  '---\n---\nlayers: []',
  '',
];

describe('the language in Chinese', () => {
  speakChinese();

  for (const { code, text } of diagnosticCases) {
    it(`${code}: ${text.slice(0, 60).replaceAll(/\s+/g, ' ')}`, async () => {
      const model = fresh(text);
      const { diagnostics, tree } = check(model);
      assert.ok(
        diagnostics.some((found) => found.code === code),
        'the same problem as in English',
      );
      for (const problem of diagnostics) {
        requireChinese(problem.message);
        const checked = (changed: string) => Promise.resolve(check(changed).diagnostics);
        for (const { title } of await fixesFor(model, diagnostics, problem, tree, checked)) {
          requireChinese(title);
        }
      }
    });
  }

  it('problems of texts that are hardly model files', () => {
    for (const text of further) {
      for (const { message } of check(fresh(text)).diagnostics) requireChinese(message);
    }
  });

  it('overrides that cannot be applied', () => {
    const text = onPoints('- Linear: 4');
    for (const override of [
      'x',
      'let.a=1',
      'layers.9.Linear=1',
      'layers=[',
      'train.data=a: b: c',
    ]) {
      const [first] = check(text, [override]).diagnostics;
      assert.ok(first, override);
      requireChinese(first.message);
    }
  });

  it('data that has not been read', () => {
    const { diagnostics } = checkModel(fresh(onTokens('- Embedding: 8', '- Linear: vocabulary')));
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['data-unknown'],
    );
    requireChinese(diagnostics[0]!.message);
  });

  it('documentation of every layer, kind and argument', () => {
    const kinds = [dataSources, losses, optimizers, initializers].flatMap((map) => [
      ...map.values(),
    ]);
    const requireArguments = (specs: ArgumentSpecs): void => {
      for (const spec of Object.values(specs)) requireChinese(describeArgument(spec));
    };
    for (const layer of layerDefinitions) {
      requireChinese(describeLayer(layer));
      requireArguments(layer.arguments);
    }
    for (const kind of kinds) {
      requireChinese(describeKind(kind));
      requireArguments(kind.arguments);
    }
  });

  it('hover and completion', () => {
    const text = fresh(onPoints('- Linear: { out_features: 4, name: head }'));
    const { tree } = check(text);
    for (const column of [6, 20, 36]) {
      requireChinese(hover(text, { line: 2, column }, tree)?.text ?? '');
    }
    for (const place of [
      { line: 1, column: 1 },
      { line: 2, column: 5 },
      { line: 2, column: 15 },
      { line: 4, column: 3 },
    ]) {
      const found = complete(text, place, tree);
      assert.ok(found.length > 0, `completion on line ${place.line}`);
      for (const { documentation } of found)
        if (documentation !== '') requireChinese(documentation);
    }
  });

  it('every text of a registry is in the bundle', () => {
    const chinese = readTexts('l10n/bundle.l10n.zh-cn.json');
    const missing = registryTexts().filter((text) => !Object.hasOwn(chinese, text));
    assert.deepEqual(missing, []);
  });
});

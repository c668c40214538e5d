import assert from 'node:assert/strict';
import { compileTraining } from '../../src/compiler/passes/programs.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { check, examples } from './support.ts';

/** One example goes wrong on purpose, and is warned of. */
const warned: Readonly<Record<string, readonly string[]>> = {
  'unstable-post-norm': ['post-norm-without-warmup'],
};

describe('examples', () => {
  it('are these', () => {
    assert.deepEqual([...examples.keys()].sort(), [
      'char-gpt',
      'post-norm-encoder',
      'residual-mlp',
      'sort',
      'unstable-post-norm',
    ]);
  });

  for (const [name, text] of examples) {
    it(`${name} is right, has its own name, and compiles`, () => {
      const { diagnostics, model, tree } = check(text);
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        warned[name] ?? [],
      );
      assert.equal(tree.name, name);
      assert.ok(model);
      const program = compileTraining(lowerModel(model, { mode: 'training' }));
      const outputs = program.graph.outputs.map((output) => output.name);
      for (const { path } of program.parameters) assert.ok(outputs.includes(`grad:${path}`));
      assert.ok(program.norms.length > 0);
    });

    it(`${name} can have its placement changed by one word`, () => {
      for (const placement of ['pre', 'post', 'peri', 'none']) {
        const changed = text.replaceAll(/placement: \w+/g, `placement: ${placement}`);
        const errors = check(changed).diagnostics.filter(({ severity }) => severity === 'error');
        assert.deepEqual(errors, []);
      }
    });
  }

  it('char-gpt follows nanoGPT: tied output, first values, weight decay on matrices', () => {
    const { model } = check(examples.get('char-gpt') ?? '');
    assert.ok(model);
    const { settings } = model;
    assert.deepEqual(settings.optimizer, {
      type: 'AdamW',
      lr: 1e-3,
      betas: [0.9, 0.99],
      eps: 1e-8,
      weight_decay: 0.1,
      decay: 'matrices',
    });
    assert.deepEqual(settings.schedule, { warmup: 100, cosineTo: 1e-4 });
    assert.deepEqual([settings.clipGradNorm, settings.batch, settings.steps], [1, 12, 2000]);
    const { parameters } = lowerModel(model, { mode: 'training' });
    for (const { path, initializer, value } of parameters) {
      if (value.shape.length === 1) {
        assert.deepEqual(initializer, { kind: 'constant', value: 1 }, path);
        continue;
      }
      const intoStream = /out_proj\.weight|mlp\.2\.weight/.test(path);
      const std = intoStream ? 0.02 / Math.sqrt(8) : 0.02;
      assert.deepEqual(initializer, { kind: 'normal', mean: 0, std }, path);
    }
    assert.equal(parameters.filter(({ path }) => path.startsWith('head.')).length, 0);
  });
});

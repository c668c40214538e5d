import assert from 'node:assert/strict';
import { compileTraining } from '../../src/compiler/passes/programs.ts';
import { checkModel } from '../../src/language/check/check.ts';
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
      'deepnorm',
      'dyt',
      'film',
      'highway',
      'layer-scale',
      'post-norm-encoder',
      'residual-mlp',
      'resnet-18',
      'resnet-20',
      'resnet-mnist',
      'rezero',
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

  it('resnet-18 has the state of torchvision: 11,181,642 trained numbers, name for name', () => {
    const facts = { sample: [3, 64, 64], classes: 10, samples: 10_000 };
    const report = checkModel(examples.get('resnet-18') ?? '', { facts });
    assert.equal(report.parameters, 11_181_642);
    assert.ok(report.model);
    const { parameters, buffers } = lowerModel(report.model, { mode: 'training' });
    const shapes = parameters.map(({ path, value }) => `${path} ${value.shape.join('x')}`);
    assert.deepEqual(shapes.toSorted(), torchvisionShapes().toSorted());
    const norms = torchvisionNorms().map(({ name }) => name);
    const kinds = ['num_batches_tracked', 'running_mean', 'running_var'];
    assert.deepEqual(
      buffers.map(({ path }) => path).sort(),
      norms.flatMap((name) => kinds.map((kind) => `${name}.${kind}`)).sort(),
    );
  });
});

/** The BatchNorms of torchvision.models.resnet18, and what stands before each: a convolution of this shape. */
function torchvisionNorms() {
  const found = [{ name: 'bn1', convolution: 'conv1', shape: [64, 3, 7, 7] }];
  const channels = [64, 64, 128, 256, 512];
  for (let stage = 1; stage <= 4; stage++) {
    const [before = 0, width = 0] = channels.slice(stage - 1);
    for (const block of [0, 1]) {
      const path = `layer${stage}.${block}`;
      const into = block === 0 ? before : width;
      const add = (name: string, convolution: string, shape: number[]): void => {
        found.push({ name: `${path}.${name}`, convolution: `${path}.${convolution}`, shape });
      };
      add('bn1', 'conv1', [width, into, 3, 3]);
      add('bn2', 'conv2', [width, width, 3, 3]);
      if (into !== width) add('downsample.1', 'downsample.0', [width, into, 1, 1]);
    }
  }
  return found;
}

function torchvisionShapes(): string[] {
  const norms = torchvisionNorms().flatMap(({ name, convolution, shape }) => [
    `${convolution}.weight ${shape.join('x')}`,
    `${name}.weight ${shape[0]}`,
    `${name}.bias ${shape[0]}`,
  ]);
  return [...norms, 'fc.weight 10x512', 'fc.bias 10'];
}

import assert from 'node:assert/strict';
import { batchTensors } from '../../src/language/lower/lower.ts';
import { checkModel, dataSettingsOf } from '../../src/language/check/check.ts';
import { check, examples, rightModel } from './support.ts';
import { onPoints, onTokens } from './texts.ts';

function pathsOf(text: string): readonly string[] {
  const { diagnostics, layers } = check(text);
  assert.deepEqual(diagnostics, []);
  return layers.map(({ path, type }) => `${path} ${type}`);
}

describe('paths', () => {
  it('name layers by index as torch.nn.Sequential does, named ones counted', () => {
    const text = onPoints('- Linear: 8', '- ReLU: { name: bend }', '- Linear: 4');
    assert.deepEqual(pathsOf(text), ['0 Linear', 'bend ReLU', '2 Linear']);
  });

  it('number the times of a Repeat, and put a residual’s norm beside its body', () => {
    const text = onPoints(
      '- Repeat:',
      '    name: blocks',
      '    times: 2',
      '    body:',
      '      - Residual: { name: mlp, norm: LayerNorm, body: [{ Linear: 6 }, Tanh] }',
      '- LayerNorm',
      '- Linear: 4',
    );
    assert.deepEqual(pathsOf(text), [
      'blocks Repeat',
      ...[0, 1].flatMap((n) => [
        `blocks.${n} Sequential`,
        `blocks.${n}.mlp Residual`,
        `blocks.${n}.mlp.norm LayerNorm`,
        `blocks.${n}.mlp.0 Linear`,
        `blocks.${n}.mlp.1 Tanh`,
      ]),
      '1 LayerNorm',
      '2 Linear',
    ]);
  });

  it('follow the order of computation for each placement', () => {
    const residual = (placement: string): readonly string[] =>
      pathsOf(
        onPoints(
          `- Residual: { name: r, norm: RMSNorm, placement: ${placement}, body: [{ Linear: 6 }] }`,
          '- Linear: 4',
        ),
      ).slice(1, -1);
    assert.deepEqual(residual('pre'), ['r.norm RMSNorm', 'r.0 Linear']);
    assert.deepEqual(residual('post'), ['r.0 Linear', 'r.norm RMSNorm']);
    assert.deepEqual(residual('peri'), ['r.norm RMSNorm', 'r.0 Linear', 'r.norm_out RMSNorm']);
    assert.deepEqual(residual('none'), ['r.0 Linear']);
  });

  it('put a define’s layers where it is used, or into a container if the use is named', () => {
    const define = 'define: { Pair: [{ Linear: 6 }, ReLU] }\n';
    const text = `${define}${onPoints('- Pair', '- Pair: { name: second }', '- Linear: 4')}`;
    assert.deepEqual(pathsOf(text), [
      '0 Linear',
      '1 ReLU',
      'second Pair',
      'second.0 Linear',
      'second.1 ReLU',
      '3 Linear',
    ]);
  });

  it('are looked up beside the layer first, then outward', () => {
    const text = onPoints(
      '- Linear: { out_features: 6, name: a }',
      '- Sequential:',
      '    name: inner',
      '    body:',
      '      - Linear: { out_features: 5, name: a }',
      '      - Linear: { out_features: 4, from: a, name: near }',
      '      - Linear: { out_features: 5, from: inner.a, name: far }',
      '      - Add: [a, far]',
      '- Concat: [inner.near, a, inner]',
      '- Linear: 4',
    );
    const { diagnostics, layers } = check(text);
    assert.deepEqual(diagnostics, []);
    const of = (path: string) => layers.find((layer) => layer.path === path);
    assert.equal(of('inner.near')?.parameters, 5 * 4 + 4);
    assert.deepEqual(of('2')?.outputShape, [32, 4 + 6 + 5]);
  });
});

describe('values', () => {
  it('of let may use each other in any order, and be words and truth values', () => {
    const text = `let: { hidden: 2 * width, width: 3, where: post, none_of_it: false }\n${onPoints(
      '- Linear: { out_features: hidden, bias: none_of_it }',
      '- Residual: { norm: LayerNorm, placement: where, body: [{ Linear: hidden }] }',
      '- Linear: 4',
    )}`;
    const { diagnostics, layers } = check(text);
    assert.deepEqual(diagnostics, []);
    assert.equal(layers[0]?.parameters, 6 * 6);
    assert.equal(layers[3]?.path, '1.norm');
  });

  it('of let may be words with a dash, and differences without spaces', () => {
    const text = `let: { task: two-spirals, width: 9, less: width-1 }
layers: [{ Linear: less }, { Linear: classes }]
train: { data: two-spirals }
`;
    const { layers } = check(text);
    assert.deepEqual(layers[0]?.outputShape, [32, 8]);
  });

  it('known from the data are vocabulary, classes, features and channels', () => {
    const points = check(onPoints('- Linear: classes * features'));
    assert.deepEqual(points.layers[0]?.outputShape, [32, 24]);
    const tokens = check(onTokens('- Embedding: vocabulary - 1', '- Linear: vocabulary'));
    assert.deepEqual(tokens.layers[0]?.outputShape, [32, 8, 64]);
    const pictures = check(`layers: [Flatten, { Linear: channels * classes + features }]
train: { data: { shapes: { size: 8, channels: 3 } } }
`);
    assert.deepEqual(pictures.layers[1]?.outputShape, [32, 3 * 4 + 3 * 64]);
  });

  it('can be overridden, computed values with them', () => {
    const text = examples.get('char-gpt') ?? '';
    const { layers, model } = check(text, ['let.depth=2', 'let.width=64', 'train.steps=3']);
    assert.equal(layers.filter(({ type }) => type === 'MultiheadAttention').length, 2);
    assert.deepEqual(layers[0]?.outputShape, [12, 64, 64]);
    assert.equal(model?.settings.steps, 3);
  });
});

describe('number of parameters', () => {
  it("of nanoGPT's CPU recipe", () => {
    const width = 128;
    const block = width + 3 * width * width + width * width + width + 2 * 4 * width * width;
    const total = 65 * width + 64 * width + 4 * block + width;
    assert.equal(total, 804_096);
    const { parameters, layers, norms, residuals } = check(examples.get('char-gpt') ?? '');
    assert.equal(parameters, total);
    assert.equal(layers.find(({ path }) => path === 'blocks.2')?.parameters, block);
    // The output layer has the embedding's matrix and nothing of its own.
    assert.equal(layers.at(-1)?.parameters, 0);
    assert.deepEqual([norms.length, residuals.length], [9, 8]);
    assert.equal(norms[4], 'blocks.2.attention.norm');
  });

  it('of a layer is what PyTorch counts', () => {
    const { layers } = check(
      onTokens(
        '- Embedding: 8',
        '- PositionalEmbedding: 10',
        '- MultiheadAttention: 2',
        '- LayerNorm',
        '- RMSNorm',
        '- Linear: 65',
      ),
    );
    assert.deepEqual(
      layers.map(({ parameters }) => parameters),
      [65 * 8, 10 * 8, 4 * 8 * 8 + 4 * 8, 16, 8, 65 * 8 + 65],
    );
  });
});

describe('training settings', () => {
  it('have defaults for everything but the data', () => {
    assert.deepEqual(rightModel(onPoints('- Linear: 4')).settings, {
      data: { kind: 'gaussian-blobs', classes: 4, features: 6, spread: 1 },
      loss: { type: 'CrossEntropyLoss', ignore_index: -100, label_smoothing: 0 },
      optimizer: {
        type: 'AdamW',
        lr: 1e-3,
        betas: [0.9, 0.999],
        eps: 1e-8,
        weight_decay: 1e-2,
        decay: 'all',
      },
      schedule: { warmup: 0 },
      accumulate: 1,
      batch: 32,
      steps: 1000,
      seed: 0,
      validateEvery: 500,
      checkpointEvery: 500,
    });
  });

  it('take every value that can be given', () => {
    const text = `let: { rate: 0.1 }
layers: [{ Linear: 3 }]
train:
  data: { gaussian-blobs: { classes: 3, features: 5, spread: 0.5 } }
  loss: { CrossEntropyLoss: { ignore_index: -1, label_smoothing: 0.1 } }
  optimizer:
    SGD: { lr: rate, momentum: 0.9, nesterov: true, weight_decay: 5e-4, decay: matrices }
  schedule: { warmup: 10, cosine_to: rate / 10 }
  clip_grad_norm: 0.5
  accumulate: 2
  batch: 16
  steps: 50
  seed: 9
  validate_every: 0
  checkpoint_every: 20
`;
    assert.deepEqual(rightModel(text).settings, {
      data: { kind: 'gaussian-blobs', classes: 3, features: 5, spread: 0.5 },
      loss: { type: 'CrossEntropyLoss', ignore_index: -1, label_smoothing: 0.1 },
      optimizer: {
        type: 'SGD',
        lr: 0.1,
        momentum: 0.9,
        dampening: 0,
        weight_decay: 5e-4,
        nesterov: true,
        decay: 'matrices',
      },
      schedule: { warmup: 10, cosineTo: 0.1 / 10 },
      clipGradNorm: 0.5,
      accumulate: 2,
      batch: 16,
      steps: 50,
      seed: 9,
      validateEvery: 0,
      checkpointEvery: 20,
    });
  });

  it('may be given in epochs of the data, where it has an end', () => {
    const text = (train: string): string => `layers: [Flatten, { Linear: classes }]
train:
  data: { idx: mnist }
  batch: 100
${train}`;
    const facts = { sample: [1, 28, 28], classes: 10, samples: 1234 };
    const settings = (train: string) => {
      const { steps, stepsPerEpoch, validateEvery } =
        checkModel(text(train), { facts }).model?.settings ?? {};
      return [steps, stepsPerEpoch, validateEvery];
    };
    assert.deepEqual(settings('  epochs: 3\n'), [36, 12, 12]);
    assert.deepEqual(settings('  epochs: 3\n  accumulate: 5\n'), [6, 2, 2]);
    assert.deepEqual(settings(''), [1000, 12, 12]);
    assert.deepEqual(settings('  epochs: 3\n  steps: 7\n  validate_every: 0\n'), [7, 12, 0]);
    assert.deepEqual(settings('  epochs: 3\n  steps: 50\n'), [36, 12, 12]);
    const endless = checkModel(`${onPoints('- Linear: 4')}  epochs: 3\n`);
    assert.deepEqual(
      endless.diagnostics.map(({ code, message }) => [code, message]),
      [['bad-value', 'epochs: gaussian-blobs has no end, and so no epochs: give steps']],
    );
    const unread = checkModel(text('  epochs: 3\n'));
    assert.deepEqual(
      unread.diagnostics.map(({ message }) => message),
      ['mnist has not been read: shapes are shown for samples [1, 28, 28] with 10 classes'],
    );
    assert.equal(unread.model, undefined);
    assert.deepEqual(unread.layers[0]?.outputShape, [100, 784]);
  });

  it('of the optimizers have PyTorch’s defaults', () => {
    const optimizerOf = (optimizer: string) =>
      rightModel(`${onPoints('- Linear: 4')}  optimizer: ${optimizer}\n`).settings.optimizer;
    assert.deepEqual(optimizerOf('SGD'), {
      type: 'SGD',
      lr: 1e-3,
      momentum: 0,
      dampening: 0,
      weight_decay: 0,
      nesterov: false,
      decay: 'all',
    });
    assert.deepEqual(optimizerOf('{ Adam: 0.01 }'), {
      type: 'Adam',
      lr: 0.01,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weight_decay: 0,
      decay: 'all',
    });
  });

  const data: readonly (readonly [string, unknown])[] = [
    [
      '{ text: a.txt, context: 8, masked: 0.15, validation: 0 }',
      { kind: 'text', files: 'a.txt', context: 8, validation: 0, masked: 0.15 },
    ],
    ['copy', { kind: 'copy', symbols: 10, length: 8, minLength: 8 }],
    [
      '{ sort: { symbols: 5, length: 6, min_length: 2 } }',
      { kind: 'sort', symbols: 5, length: 6, minLength: 2 },
    ],
    [
      '{ modular-addition: { modulus: 7 } }',
      { kind: 'modular-addition', modulus: 7, validation: 0.5 },
    ],
    ['two-spirals', { kind: 'two-spirals', noise: 0, turns: 2 }],
  ];
  for (const [text, settings] of data) {
    it(`read data: ${text} at a first look`, () => {
      assert.deepEqual(dataSettingsOf(`train:\n  data: ${text}\n`), settings);
    });
  }

  it('give the data at a first look although the layers are broken, with overrides', () => {
    const text =
      'let: { n: 8 }\nlayers: [{ Linaer: 4 }]\ntrain: { data: { text: a, context: n } }\n';
    const found = dataSettingsOf(text, ['train.data.text=b', 'let.n=16']);
    assert.deepEqual(found, { kind: 'text', files: 'b', context: 16, validation: 0.1, masked: 0 });
    assert.equal(dataSettingsOf('train: { data: { text: a } }'), undefined);
    assert.equal(dataSettingsOf('train: ['), undefined);
  });
});

describe('the tensors of a batch', () => {
  it('of text are tokens and targets', () => {
    const text = { kind: 'text', files: '', context: 8, validation: 0, masked: 0 } as const;
    assert.deepEqual(batchTensors(text, { vocabulary: 5 }, 3), [
      { name: 'tokens', role: 'input', dtype: 'int32', shape: [3, 8] },
      { name: 'targets', role: 'target', dtype: 'int32', shape: [3, 8] },
    ]);
  });

  it('of sequences of different lengths have padding, and a token for it', () => {
    const sort = { kind: 'sort', symbols: 5, length: 6, minLength: 2 } as const;
    assert.deepEqual(batchTensors(sort, {}, 3).at(-1), {
      name: 'padding',
      role: 'paddingMask',
      dtype: 'uint8',
      shape: [3, 12],
    });
    const vocabulary = (data: string): unknown =>
      checkModel(`layers: [{ Embedding: 4 }, { Linear: vocabulary }]\ntrain: { data: ${data} }`)
        .layers.at(-1)
        ?.outputShape.at(-1);
    assert.equal(vocabulary('{ sort: { symbols: 5, length: 6, min_length: 2 } }'), 7);
    assert.equal(vocabulary('{ sort: { symbols: 5, length: 6 } }'), 6);
    assert.equal(vocabulary('{ modular-addition: { modulus: 97 } }'), 99);
  });

  it('of points are features and one target each', () => {
    const blobs = { kind: 'gaussian-blobs', classes: 3, features: 5, spread: 1 } as const;
    assert.deepEqual(batchTensors(blobs, {}, 3), [
      { name: 'features', role: 'input', dtype: 'float32', shape: [3, 5] },
      { name: 'targets', role: 'target', dtype: 'int32', shape: [3] },
    ]);
  });
});

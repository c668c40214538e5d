import assert from 'node:assert/strict';
import { compileTraining } from '../../src/compiler/passes/programs.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { check, rightModel } from './support.ts';

/** A model of these lines over pictures [8, 4, 16, 16]. */
function onPictures(...layers: readonly string[]): string {
  const lines = [...layers, '- Flatten', '- Linear: classes'].map((line) => `  ${line}\n`).join('');
  return `layers:\n${lines}train:\n  data: { shapes: { size: 16, channels: 4 } }\n  batch: 8\n`;
}

describe('convolutions', () => {
  it('start as in PyTorch: uniform in ±1 / sqrt(fan-in), weight and bias', () => {
    const text = onPictures(
      '- Conv2d: { name: plain, out_channels: 6, kernel_size: [3, 5], padding: [1, 2] }',
      '- Conv2d: { name: grouped, out_channels: 8, kernel_size: 3, groups: 2 }',
      '- ConvTranspose2d: { name: back, out_channels: 6, kernel_size: 2, groups: 2 }',
      '- Flatten: { start_dim: 2 }',
      '- Conv1d: { name: line, out_channels: 2, kernel_size: 7 }',
    );
    const { parameters } = lowerModel(rightModel(text), { mode: 'training' });
    const fans = { plain: 4 * 15, grouped: 3 * 9, back: 3 * 4, line: 6 * 7 };
    for (const [name, fan] of Object.entries(fans)) {
      const bound = 1 / Math.sqrt(fan);
      for (const part of ['weight', 'bias']) {
        const found = parameters.find(({ path }) => path === `${name}.${part}`);
        assert.deepEqual(found?.initializer, { kind: 'uniform', low: -bound, high: bound });
      }
    }
  });

  it('have the output sizes that PyTorch documents', () => {
    const text = onPictures(
      '- Conv2d: { out_channels: 5, kernel_size: 3, stride: 2, padding: 1, dilation: 2 }',
      '- MaxPool2d: { kernel_size: 2, ceil_mode: true }',
      '- ConvTranspose2d: { out_channels: 3, kernel_size: 4, stride: 3, padding: 1, output_padding: [2, 0] }',
      '- AvgPool2d: [3, 2]',
      '- Upsample: { scale_factor: 1.5 }',
      '- AdaptiveAvgPool2d: [4, 3]',
      '- AdaptiveAvgPool2d: [null, 2]',
      '- Conv2d: { out_channels: 2, kernel_size: 3, padding: [2, 1], padding_mode: circular }',
    );
    const shapes = check(text).layers.map(({ outputShape }) => outputShape.join('x'));
    assert.deepEqual(shapes.slice(0, 8), [
      '8x5x7x7',
      '8x5x4x4',
      '8x3x13x11',
      '8x3x4x5',
      '8x3x6x7',
      '8x3x4x3',
      '8x3x4x2',
      '8x2x6x2',
    ]);
  });

  it('make no gradient for the picture', () => {
    const text = onPictures('- Conv2d: { out_channels: 5, kernel_size: 3, padding: 1 }', '- ReLU');
    const { graph } = compileTraining(lowerModel(rightModel(text), { mode: 'training' }));
    const backward = graph.nodes.filter(({ origin }) => origin.stage === 'backward');
    const shapes = backward.flatMap(({ outputs }) => outputs.map(({ shape }) => shape.join('x')));
    assert.ok(shapes.includes('8x5x16x16'), 'there is a gradient of the output');
    assert.ok(!shapes.includes('8x4x16x16'));
    assert.equal(backward.filter(({ op }) => op === 'Conv').length, 1, 'that of the weight');
  });

  it('lead a projection to the size of the branch by the smallest stride', () => {
    const text = onPictures(
      '- Residual:',
      '    name: down',
      '    norm: BatchNorm2d',
      '    placement: none',
      '    shortcut: projection',
      '    after: ReLU',
      '    body:',
      '      - Conv2d: { out_channels: 6, kernel_size: 5, stride: [3, 2], padding: 2, bias: false }',
      '      - BatchNorm2d: { name: bn }',
    );
    const model = lowerModel(rightModel(text), { mode: 'training' });
    const { nodes } = model.builder;
    const projection = nodes.find(({ inputs: [, weight] }) => weight?.shape.join() === '6,4,1,1');
    assert.deepEqual(projection?.attributes['strides'], [3, 2]);
    assert.deepEqual(
      model.parameters.map(({ path }) => path).filter((path) => path.includes('downsample')),
      ['down.downsample.0.weight', 'down.downsample.1.weight', 'down.downsample.1.bias'],
    );
    assert.deepEqual(
      model.norms.map(({ path }) => path),
      ['down.bn', 'down.downsample.1'],
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { opGraph } from './oracle/gradientGraph.ts';
import { interpret } from './oracle/interpreter.ts';
import { fuzz } from './oracle/fuzz.ts';
import { runInRuntime } from './oracle/runtime.ts';
import { tiedMaxPool } from './oracle/windowCases.ts';
import { shapeRules } from '../../src/compiler/ops/registry.ts';
import type { Attributes, Shape } from '../../src/compiler/graph/types.ts';

const window = { strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] };

/** What each op over a window must refuse, and the words that must be in the message. */
const refused: readonly (readonly [string, readonly Shape[], Attributes, RegExp])[] = [
  [
    'Conv',
    [
      [2, 3, 4],
      [1, 3, 2, 2],
    ],
    window,
    /Conv needs \[batch, channels, height, width\]/,
  ],
  [
    'Conv',
    [
      [1, 3, 4, 4],
      [2, 2, 3, 3],
    ],
    window,
    /\[1, 3, 4, 4\] and \[2, 2, 3, 3\] do not convolve with groups 1/,
  ],
  [
    'Conv',
    [
      [1, 4, 4, 4],
      [3, 2, 3, 3],
    ],
    { ...window, group: 2 },
    /do not convolve with groups 2/,
  ],
  [
    'Conv',
    [[1, 3, 4, 4], [2, 3, 3, 3], [3]],
    window,
    /2 channels cannot take a bias of shape \[3\]/,
  ],
  [
    'Conv',
    [
      [1, 3, 4, 4],
      [2, 3, 5, 3],
    ],
    window,
    /spans \[5, 3\] does not fit a picture of \[4, 4\]/,
  ],
  [
    'Conv',
    [
      [1, 3, 4, 4],
      [2, 3, 3, 3],
    ],
    { ...window, strides: [0, 1] },
    /strides \[0, 1\] must be 2 whole/,
  ],
  [
    'Conv',
    [
      [1, 3, 4, 4],
      [2, 3, 3, 3],
    ],
    { ...window, pads: [1, 1] },
    /pads \[1, 1\] must be 4 whole/,
  ],
  [
    'Conv',
    [
      [1, 3, 4, 4],
      [2, 3, 3, 3],
    ],
    { ...window, group: 0.5 },
    /group 0.5/,
  ],
  [
    'ConvTranspose',
    [
      [1, 3, 1, 1],
      [3, 2, 2, 2],
    ],
    { ...window, pads: [1, 1, 1, 1], output_padding: [0, 0] },
    /leaves no picture: \[0, 0\]/,
  ],
  [
    'ConvTranspose',
    [
      [1, 3, 4, 4],
      [2, 3, 2, 2],
    ],
    { ...window, output_padding: [0, 0] },
    /do not convolve/,
  ],
  [
    'MaxPool',
    [[1, 1, 4, 4]],
    { ...window, kernel_shape: [2, 2], pads: [0, 2, 0, 0] },
    /must be smaller than its kernel \[2, 2\]/,
  ],
  ['AveragePool', [[1, 1, 4, 4]], { ...window, kernel_shape: [5, 1] }, /spans \[5, 1\]/],
  [
    'Col2Im',
    [[1, 5, 4]],
    { ...window, image_shape: [3, 3], block_shape: [2, 2] },
    /\[1, 5, 4\] does not fold to \[3, 3\]/,
  ],
];

describe('ops over windows', () => {
  for (const [op, shapes, attributes, message] of refused) {
    it(`${op}(${shapes.map((shape) => `[${shape.join()}]`).join(', ')}) ${JSON.stringify(attributes)} is refused`, () => {
      const types = shapes.map((shape) => ({ shape, dtype: 'float32' as const }));
      assert.throws(() => shapeRules.infer(op, types, attributes), { message });
    });
  }

  it('MaxPool takes the first of equal pixels, in the runtime as in PyTorch', async () => {
    await fc.assert(
      fc.asyncProperty(tiedMaxPool.cases, async (drawn) => {
        const { graph, feeds } = opGraph('MaxPool', drawn);
        const expected = interpret(graph, feeds);
        const found = await runInRuntime(graph, feeds);
        assert.deepEqual(found['y1']?.data, expected['y1']?.data);
      }),
      fuzz(100),
    );
  });
});

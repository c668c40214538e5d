import assert from 'node:assert/strict';
import { broadcastShapes, normalizeAxis } from '../../src/compiler/graph/shapes.ts';
import type { Attributes, DType, Shape } from '../../src/compiler/graph/types.ts';
import { shapeRules } from '../../src/compiler/ops/registry.ts';

type Operand = readonly [Shape, DType?];

/** What each op must refuse, and the words that must be in the message. */
const refused: readonly (readonly [string, readonly Operand[], Attributes, RegExp])[] = [
  ['Add', [[[2, 3]], [[2]]], {}, /\[2, 3\] and \[2\] do not broadcast/],
  ['Add', [[[2]], [[2], 'int64']], {}, /type int64, not float32/],
  [
    'Less',
    [
      [[2], 'int64'],
      [[2], 'int32'],
    ],
    {},
    /type int32/,
  ],
  ['And', [[[2]], [[2]]], {}, /type float32, not bool/],
  ['Not', [[[2]]], {}, /type float32, not bool/],
  ['Where', [[[2]], [[2]], [[2]]], {}, /type float32, not bool/],
  ['Where', [[[2], 'bool'], [[2]], [[2], 'int64']], {}, /type int64/],
  ['Where', [[[2], 'bool'], [[2]], [[3]]], {}, /do not broadcast/],
  ['Softmax', [[[2, 3]]], { axis: 2 }, /axis 2 is outside a tensor of rank 2/],
  ['LogSoftmax', [[[]]], { axis: 0 }, /axis 0 is outside a tensor of rank 0/],
  [
    'Reshape',
    [[[2, 3]]],
    { shape: [4] },
    /holds 6 elements and cannot become \[4\], which holds 4/,
  ],
  ['Transpose', [[[2, 3]]], { perm: [0, 2] }, /perm \[0, 2\] is no order of the axes of \[2, 3\]/],
  ['Transpose', [[[2, 3]]], {}, /'perm' must be a list/],
  ['Expand', [[[2]]], { shape: [3] }, /do not broadcast/],
  ['Concat', [[[2, 3]], [[2, 4]]], { axis: 0 }, /\[2, 3\], \[2, 4\] differ in more than axis 0/],
  ['Concat', [[[2]], [[2], 'int64']], { axis: 0 }, /type int64/],
  ['Split', [[[5]]], { axis: 0, split: [2, 2] }, /parts \[2, 2\] do not add up to axis 0 of \[5\]/],
  ['Slice', [[[5]]], { axes: [0], starts: [2], ends: [6] }, /2:6 is outside axis 0 of \[5\]/],
  ['Slice', [[[5]]], { axes: [0], starts: [2], ends: [2] }, /2:2 is outside/],
  ['Slice', [[[5]]], { axes: [1], starts: [0], ends: [1] }, /axis 1/],
  ['ReduceSum', [[[5]]], { axes: [-2], keepdims: 1 }, /axis -2/],
  ['MatMul', [[[2, 3]], [[4, 2]]], {}, /\[2, 3\] and \[4, 2\] do not multiply/],
  ['MatMul', [[[3]], [[3, 2]]], {}, /a product needs matrices, not \[3\] and \[3, 2\]/],
  ['MatMul', [[[2, 2, 3]], [[3, 3, 2]]], {}, /do not broadcast/],
  ['MatMul', [[[2, 3]], [[3, 2], 'int32']], {}, /type int32/],
  ['FusedMatMul', [[[2, 3]], [[3, 2]]], { transB: 1 }, /do not multiply/],
  ['Gemm', [[[1, 2, 3]], [[3, 2]]], {}, /Gemm needs matrices/],
  ['Gemm', [[[1, 3]], [[3, 2]], [[5, 2]]], {}, /\[5, 2\] does not broadcast to \[1, 2\]/],
  [
    'LayerNormalization',
    [[[2, 3]], [[2]], [[3]]],
    {},
    /over \[3\] cannot take a parameter of shape \[2\]/,
  ],
  ['SimplifiedLayerNormalization', [[[2, 3]], [[1]]], {}, /shape \[1\]/],
  ['Gather', [[[2, 3]], [[4]]], { axis: 0 }, /type float32, not int32 or int64/],
  ['Gather', [[[2, 3]], [[4], 'int64']], { axis: 2 }, /axis 2/],
  ['GatherElements', [[[2, 3]], [[2], 'int64']], { axis: 1 }, /indices \[2\] do not fit \[2, 3\]/],
  [
    'GatherElements',
    [[[2, 3]], [[3, 1], 'int64']],
    { axis: 1 },
    /\[3, 1\] do not fit \[2, 3\] along axis 1/,
  ],
  [
    'ScatterElements',
    [[[2, 3]], [[2, 1], 'int64'], [[2, 2]]],
    { axis: 1 },
    /as many updates, not \[2, 2\]/,
  ],
  ['ScatterND', [[[4, 3]], [[2, 1], 'int64'], [[2, 2]]], {}, /need updates \[2, 3\], not \[2, 2\]/],
  ['ScatterND', [[[4, 3]], [[2, 1], 'int32'], [[2, 3]]], {}, /type int32, not int64/],
  ['ScatterND', [[[4]], [[2, 2], 'int64'], [[2]]], {}, /need updates/],
  ['Cast', [[[2]]], { to: 10 }, /Cast to an unknown type/],
  ['Neg', [], {}, /input 0 is missing/],
];

describe('shape rules', () => {
  for (const [op, operands, attributes, message] of refused) {
    const shown = operands.map(([shape, dtype = 'float32']) => `${dtype}[${shape.join()}]`);
    it(`${op}(${shown.join(', ')}) ${JSON.stringify(attributes)} is refused`, () => {
      const types = operands.map(([shape, dtype = 'float32']) => ({ shape, dtype }));
      assert.throws(() => shapeRules.infer(op, types, attributes), { message });
    });
  }

  it('broadcasts as NumPy does', () => {
    assert.deepEqual(broadcastShapes([2, 1, 3], [4, 1], []), [2, 4, 3]);
    assert.deepEqual(broadcastShapes(), []);
    assert.deepEqual(broadcastShapes([1], [1, 1]), [1, 1]);
  });

  it('counts axes from either end', () => {
    assert.deepEqual([normalizeAxis(-1, 3), normalizeAxis(0, 3), normalizeAxis(2, 3)], [2, 0, 2]);
    for (const axis of [3, -4, 0.5, NaN]) assert.throws(() => normalizeAxis(axis, 3));
  });
});

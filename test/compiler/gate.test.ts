import assert from 'node:assert/strict';
import type { Graph, Node } from '../../src/compiler/graph/types.ts';
import { parseGraph } from '../../src/compiler/graph/parse.ts';
import { encodeModel } from '../../src/compiler/onnx/encode.ts';
import { checkEmittable, defaultLimits } from '../../src/compiler/onnx/gate.ts';
import { bytesOf, constantBytes, runBytes } from '../../src/compiler/onnx/memory.ts';
import { shapeRules } from '../../src/compiler/ops/registry.ts';
import { trainingExample } from './oracle/examples.ts';

const sound = parseGraph(
  `graph g
  input x = %0 float32[2, 3]
  constant %1 float32[3] = 1 2 3
  %2 = Softmax(%0; axis=1) # forward blocks.0.attention 9
  %3 = ReduceSum(%2; axes=[0] keepdims=0)
  %4 = Mul(%3, %1)
  output y = %4`,
  shapeRules,
);
const [softmax, reduce, multiply] = sound.nodes as [Node, Node, Node];

function withNode(change: Partial<Node>): Graph {
  return { ...sound, nodes: [{ ...softmax, ...change }, reduce, multiply] };
}

function withReduce(attributes: Node['attributes']): Graph {
  return { ...sound, nodes: [softmax, { ...reduce, attributes }, multiply] };
}

const refused: readonly (readonly [string, Graph, RegExp])[] = [
  [
    'an axis past the end',
    withNode({ attributes: { axis: 2 } }),
    /Softmax of blocks.0.attention \(line 9\): axis 2 is outside/,
  ],
  ['an axis before the start', withNode({ attributes: { axis: -3 } }), /axis -3 is outside/],
  ['an axis that is no integer', withNode({ attributes: { axis: 0.5 } }), /axis 0.5/],
  [
    'an attribute that is not finite',
    withNode({ attributes: { axis: NaN } }),
    /not a finite number/,
  ],
  [
    'an attribute of another op',
    withNode({ attributes: { perm: [0, 1] } }),
    /an attribute 'perm' that ONNX does not know/,
  ],
  [
    'no axes, which ONNX takes for all',
    withReduce({ axes: [], keepdims: 0 }),
    /axes \[\] must be distinct/,
  ],
  [
    'the same axis twice',
    withReduce({ axes: [1, -1], keepdims: 0 }),
    /axes \[1, -1\] must be distinct/,
  ],
  ['axes that are left out', withReduce({ keepdims: 0 }), /lacks 'axes'/],
  [
    'an unknown way to scatter',
    withNode({ op: 'ScatterND', attributes: { reduction: 'mean' } }),
    /reduction must be none or add/,
  ],
  [
    'an axis of size 0',
    withNode({ outputs: [{ ...softmax.outputs[0]!, shape: [2, 0] }] }),
    /an output of Softmax of blocks.0.attention \(line 9\) has shape \[2, 0\]/,
  ],
  [
    'an input of size 0',
    { ...sound, inputs: [{ name: 'x', value: { id: 0, dtype: 'float32', shape: [0] } }] },
    /input x has shape \[0\]/,
  ],
  [
    'a constant shorter than its shape',
    { ...sound, constants: [{ ...sound.constants[0]!, data: Float32Array.of(1) }] },
    /constant v1 has 1 elements for \[3\]/,
  ],
  [
    'two ports of one name',
    { ...sound, outputs: [...sound.outputs, ...sound.outputs] },
    /two ports of g are named 'y'/,
  ],
  ...['', 'v3', '#1'].map((name): [string, Graph, RegExp] => [
    `a port named '${name}'`,
    { ...sound, outputs: [{ name, value: multiply.outputs[0]! }] },
    /for inner values/,
  ]),
  ['no outputs', { ...sound, outputs: [] }, /g has no output/],
];

describe('gate in front of the runtime', () => {
  it('lets sound graphs through', () => {
    checkEmittable(sound);
    checkEmittable(trainingExample().graph);
  });

  for (const [what, graph, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => encodeModel(graph), { code: 'bad-graph', kind: 'internal', message });
    });
  }

  it('refuses a step that needs more memory than the cap, and names the cap', () => {
    const big = parseGraph(
      `input x = %0 float32[1048576, 1024]
      %1 = Exp(%0)
      %2 = Exp(%1)
      output y = %2`,
      shapeRules,
    );
    assert.throws(() => encodeModel(big, { ...defaultLimits, bytes: 8 * 2 ** 30 }), {
      code: 'graph-too-large',
      kind: 'input',
      message:
        'one step needs about 12.0 GiB, more than the cap of 8.0 GiB: make the model, the batch or the context smaller',
    });
    checkEmittable(big, { ...defaultLimits, bytes: 12 * 2 ** 30 });
    assert.throws(() => encodeModel(big, { ...defaultLimits, flops: 1e9 }), {
      code: 'graph-too-slow',
      message: /about 2.1e\+9 floating-point operations, more than the cap of 1.0e\+9/,
    });
  });
});

describe('memory of a run', () => {
  it('counts a tensor from its node to its last use', () => {
    const graph = parseGraph(
      `input x = %0 float32[10]
      constant %1 int64[2] = 0 1
      %2 float32[10] = Exp(%0)
      %3 float32[10] = Exp(%2)
      %4 float32[10] = Exp(%3)
      %5 float32[10] = Add(%2, %4)
      %6 float32[1] = ReduceSum(%5; axes=[0] keepdims=1)
      output y = %6
      output known = %1`,
      shapeRules,
    );
    assert.equal(constantBytes(graph), 16);
    // x and the constant; at the widest place %2 with %3 and %4, or with %4 and %5.
    assert.equal(runBytes(graph), 40 + 16 + 3 * 40);
    assert.deepEqual(
      (['float32', 'float64', 'int32', 'int64', 'uint8', 'bool'] as const).map((dtype) =>
        bytesOf({ dtype, shape: [3] }),
      ),
      [12, 24, 12, 24, 3, 3],
    );
  });
});

import assert from 'node:assert/strict';
import type { Constant, Graph, Node, Value } from '../../src/compiler/graph/types.ts';
import { graphProblems, verifyGraph } from '../../src/compiler/graph/verify.ts';
import { shapeRules } from '../../src/compiler/ops/registry.ts';
import { parseGraph } from '../../src/compiler/graph/parse.ts';
import { trainingExample } from './oracle/examples.ts';

const sound = parseGraph(
  `
  input x = %0 float32[2, 3]
  constant %1 float32[] = 2
  %2 = Mul(%0, %1)
  %3 = Transpose(%2; perm=[1,0])
  output y = %3`,
  shapeRules,
);
const [multiply, transpose] = sound.nodes as [Node, Node];
const [constant] = sound.constants as [Constant];
const [input] = sound.inputs as [{ name: string; value: Value }];

/** One thing wrong each, and what must be said of it. */
const broken: readonly (readonly [string, Partial<Graph>, RegExp])[] = [
  [
    'a use before the definition',
    { nodes: [transpose, multiply] },
    /node 0 \(Transpose\) uses value 2 before/,
  ],
  ['a missing node', { nodes: [multiply] }, /output 'y' uses value 3 before it is defined/],
  ['a node twice', { nodes: [multiply, multiply, transpose] }, /defines value 2 once more/],
  [
    'an id twice',
    { nodes: [{ ...multiply, outputs: [{ ...multiply.outputs[0]!, id: 0 }] }, transpose] },
    /node 0 \(Mul\) defines value 0 once more/,
  ],
  [
    'a stranger with a known id',
    { nodes: [{ ...multiply, inputs: [{ ...input.value }, constant.value] }, transpose] },
    /uses a stranger with the id 0/,
  ],
  [
    'an output of the wrong shape',
    { nodes: [multiply, { ...transpose, attributes: { perm: [0, 1] } }] },
    /output 0 of node 1 \(Transpose\) is float32\[3, 2\], not float32\[2, 3\]/,
  ],
  [
    'an attribute that does not fit',
    { nodes: [multiply, { ...transpose, attributes: { perm: [0, 0] } }] },
    /node 1 \(Transpose\): perm/,
  ],
  ['an unknown op', { nodes: [{ ...multiply, op: 'Sine' }, transpose] }, /no Sine/],
  [
    'an output too many',
    {
      nodes: [
        { ...multiply, outputs: [...multiply.outputs, { id: 9, dtype: 'float32', shape: [] }] },
        transpose,
      ],
    },
    /has 2 outputs, not 1/,
  ],
  [
    'a constant of the wrong length',
    { constants: [{ ...constant, data: Float32Array.of(1, 2) }] },
    /constant 1 of float32\[\] holds 2 elements/,
  ],
  [
    'a constant in the wrong array',
    { constants: [{ ...constant, data: Float64Array.of(1) }] },
    /is held in a Float64Array/,
  ],
  [
    'an axis that is no size',
    { inputs: [{ name: 'x', value: { ...input.value, shape: [2, 1.5] } }] },
    /input 'x' has the shape \[2, 1.5\]/,
  ],
  [
    'a name twice',
    { outputs: [...sound.outputs, { name: 'x', value: input.value }] },
    /two ports are named 'x'/,
  ],
  ['a port without a name', { outputs: [{ name: '', value: input.value }] }, /has no name/],
];

describe('verifier', () => {
  it('finds nothing in a sound graph', () => {
    assert.deepEqual(graphProblems(sound, shapeRules), []);
    assert.deepEqual(graphProblems(trainingExample().graph, shapeRules), []);
  });

  for (const [what, change, message] of broken) {
    it(`finds ${what}`, () => {
      const graph = { ...sound, ...change };
      const problems = graphProblems(graph, shapeRules);
      assert.ok(
        problems.some((problem) => message.test(problem)),
        `${problems.join('\n')} is not ${message.source}`,
      );
      assert.throws(() => verifyGraph(graph, shapeRules), { code: 'bad-graph' });
    });
  }
});

import assert from 'node:assert/strict';
import { parseGraph } from '../../src/compiler/graph/parse.ts';
import { printGraph } from '../../src/compiler/graph/print.ts';
import { newGraph, shapeRules } from '../../src/compiler/ops/registry.ts';
import { trainingExample } from './oracle/examples.ts';

const text = `graph example
input x = %0 float32[2, 3]
input ids = %1 int64[2]
constant %2 float32[] = 0.1
constant %3 float32[3] = fill -0
constant %4 float32[2] = NaN -Infinity
constant %5 int64[2] = 9007199254740993 -1
%6 float32[2, 3] = Mul(%0, %2) # forward blocks.0.norm 12
%7 float32[2, 3] = Gelu(%6; approximate="tanh") # backward
%8 float32[2, 3], %9 float32[2, 1], %10 float32[2, 1] = LayerNormalization(%7, %3, %3; axis=-1 epsilon=0.00001) # forward
%11 float32[2] = ReduceSum(%8; axes=[1] keepdims=0) # loss
%12 float32[2] = Add(%11, %4) # forward
%13 int64[2] = Add(%1, %5) # forward
output sum = %12
output mean = %9
output ids2 = %13
`;

describe('graphs as text', () => {
  it('are read back as they were printed', () => {
    assert.equal(printGraph(parseGraph(text, shapeRules)), text);
    const graph = trainingExample().graph;
    const printed = printGraph(graph);
    assert.equal(printGraph(parseGraph(printed, shapeRules)), printed);
    assert.ok(graph.nodes.length > 40 && printed.includes('# backward block.norm 5'));
  });

  it('do not depend on the ids of values', () => {
    const build = (unused: number): string => {
      const g = newGraph();
      for (let i = 0; i < unused; i++) g.scalar(i + 100);
      const x = g.input('x', 'float32', [2]);
      const y = g.op('Add', [x, g.scalar(1)]);
      const { constants, ...rest } = g.build('g', [{ name: 'y', value: y }]);
      return printGraph({ ...rest, constants: constants.slice(unused) });
    };
    assert.equal(build(0), build(5));
  });

  it('may leave out what can be inferred', () => {
    const graph = parseGraph(
      `
      # a comment
      input x = %x float32[2, 3]
      %y = Transpose(%x; perm=[1,0])
      output y = %y`,
      shapeRules,
    );
    assert.deepEqual(graph.outputs[0]?.value.shape, [3, 2]);
    assert.deepEqual(graph.nodes[0]?.origin, { stage: 'forward', path: '', line: 0 });
  });

  for (const [line, reason] of [
    ['nonsense', /cannot read 'nonsense'/],
    ['input x = %0 float16[2]', /no type/],
    ['input x = %0 float32[2.5]', /no type/],
    ['input x = %0 float32[-1]', /no type/],
    ['constant %0 float32[2] = 1', /1 elements for 2/],
    ['constant %0 float32[1] = one', /'one' is no number/],
    ['output y = %9', /%9 is not defined/],
    ['%1 = Sine(%z)', /no Sine/],
    ['%1 = Neg(%9)', /%9 is not defined/],
    ['%1 float32[3] = Neg(%z)', /is float32\[2\], not float32\[3\]/],
    ['%1, %2 = Neg(%z)', /1 outputs, not 2/],
    ['%z = Neg(%z)', /defined twice/],
    ['%1 = Neg(%z) # sideways', /no stage/],
    ['%1 = Softmax(%z; axis=x)', /'x' is no number/],
  ] as const) {
    it(`refuse '${line}'`, () => {
      assert.throws(
        () => parseGraph(`input z = %z float32[2]\n${line}`, shapeRules),
        (error: Error) => reason.test(error.message) && error.message.startsWith('line 2: '),
      );
    });
  }
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { GraphBuilder } from '../../src/compiler/graph/builder.ts';
import { verifyGraph } from '../../src/compiler/graph/verify.ts';
import { parseGraph } from '../../src/compiler/graph/parse.ts';
import { printGraph } from '../../src/compiler/graph/print.ts';
import type { Graph, Port, Value } from '../../src/compiler/graph/types.ts';
import { newGraph, shapeRules } from '../../src/compiler/ops/registry.ts';
import { differentiate } from '../../src/compiler/passes/differentiate.ts';
import { prune } from '../../src/compiler/passes/prune.ts';
import { shareGelu } from '../../src/compiler/passes/shareGelu.ts';
import { forwardExample, randomFeeds, trainingExample } from './oracle/examples.ts';
import { fuzz } from './oracle/fuzz.ts';
import { interpret, type Feeds } from './oracle/interpreter.ts';
import { runInRuntime } from './oracle/runtime.ts';

/** Central differences of the port `loss` by each element of the named inputs, in float64. */
function slopes(graph: Graph, feeds: Feeds, names: readonly string[]): Record<string, number[]> {
  const loss = (): number => interpret(graph, feeds)['loss']!.data[0]!;
  const step = 1e-5;
  return Object.fromEntries(
    names.map((name) => {
      const { data } = feeds[name]!;
      const found = Array.from(data.keys(), (i) => {
        const held = data[i]!;
        data[i] = held + step;
        const above = loss();
        data[i] = held - step;
        const below = loss();
        data[i] = held;
        return (above - below) / (2 * step);
      });
      return [name, found];
    }),
  );
}

/** Every gradient port `grad:<input>` within 1e-6 of the largest slope (at least 1) of the finite differences. */
function checkGradients(graph: Graph, feeds: Feeds): void {
  const names = graph.outputs.flatMap(({ name }) =>
    name.startsWith('grad:') ? [name.slice(5)] : [],
  );
  const results = interpret(graph, feeds);
  const expected = slopes(graph, feeds, names);
  const largest = Math.max(1, ...Object.values(expected).flat().map(Math.abs));
  for (const name of names) {
    const found = results[`grad:${name}`]!.data;
    assert.equal(found.length, expected[name]!.length);
    expected[name]!.forEach((slope, i) => {
      assert.ok(
        Math.abs(found[i]! - slope) <= 1e-6 * largest,
        `grad:${name}[${i}]: ${found[i]} for ${slope}`,
      );
    });
  }
}

/** A random graph of smooth ops over three [2, 3] inputs, in which values are used many times or never. */
function randomGraph(g: GraphBuilder, choices: readonly number[]): Value {
  const values = ['a', 'b', 'c'].map((name) => g.input(name, 'float32', [2, 3]));
  const pick = (n: number): Value => values[n % values.length]!;
  for (const choice of choices) {
    const x = pick(choice >>> 4);
    const y = pick(choice >>> 12);
    values.push(randomNode(g, choice % 9, x, y));
  }
  const total = values.slice(-3).reduce((sum, value) => g.op('Add', [sum, value]));
  return g.op('ReduceMean', [total], { axes: [0, 1], keepdims: 0 });
}

function randomNode(g: GraphBuilder, kind: number, x: Value, y: Value): Value {
  switch (kind) {
    case 0:
      return g.op('Mul', [x, y]);
    case 1:
      return g.op('Add', [x, y]);
    case 2:
      return g.op('Tanh', [x]);
    case 3:
      return g.op('Softmax', [x], { axis: -1 });
    case 4:
      return g.op('MatMul', [x, g.op('MatMul', [g.op('Transpose', [y], { perm: [1, 0] }), x])]);
    case 5: {
      const [left, right] = g.node('Split', [x], { axis: 1, split: [1, 2] });
      // The left part may go unused: its gradient is then zero.
      return y.id % 2 === 0
        ? g.op('Concat', [right!, left!], { axis: 1 })
        : g.op('Mul', [x, g.op('ReduceSum', [right!], { axes: [1], keepdims: 1 })]);
    }
    case 6:
      return g.op('Gelu', [x], { approximate: 'none' });
    case 7:
      return g.op('Sub', [x, x]);
    default:
      return g.op('Sigmoid', [g.op('Div', [x, g.op('Exp', [y])])]);
  }
}

describe('differentiation', () => {
  it('agrees with finite differences on random graphs', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), fc.nat(), (choices, seed) => {
        const g = newGraph();
        const loss = randomGraph(g, choices);
        const inputs = g.inputs.slice(0, 2);
        const gradients = differentiate(
          g,
          loss,
          inputs.map((port) => port.value),
        );
        assert.ok(!gradients.has(g.inputs[2]!.value), 'nothing is built for what is not wanted');
        const ports = inputs.flatMap(({ name, value }): Port[] => {
          const gradient = gradients.get(value);
          return gradient ? [{ name: `grad:${name}`, value: gradient }] : [];
        });
        const graph = prune(g.build('random', [{ name: 'loss', value: loss }, ...ports]));
        verifyGraph(graph, shapeRules);
        checkGradients(graph, randomFeeds(g, seed));
      }),
      fuzz(200),
    );
  });

  it('agrees with finite differences on a residual block, a parameter without influence included', () => {
    const { graph } = trainingExample();
    const feeds = randomFeeds(forwardExample().builder, 3);
    checkGradients(graph, feeds);
    assert.ok(interpret(graph, feeds)['grad:unused.weight']!.data.every((x) => x === 0));
  });

  it('marks new nodes as the backward pass of their layer', () => {
    const { graph } = trainingExample();
    const backward = graph.nodes.filter((node) => node.origin.stage === 'backward');
    assert.deepEqual(
      [...new Set(backward.map(({ origin }) => `${origin.path}:${origin.line}`))].sort(),
      [':0', 'block.norm:5', 'block.up:6', 'final:8'],
    );
  });

  it('finds nothing for a loss that does not depend on what is wanted', () => {
    const g = newGraph();
    const x = g.input('x', 'float32', []);
    const y = g.input('y', 'float32', []);
    const loss = g.op('Exp', [x]);
    const before = g.nodes.length;
    assert.equal(differentiate(g, loss, [y]).size, 0);
    assert.equal(g.nodes.length, before);
  });

  it('stops at integers and conditions', () => {
    const g = newGraph();
    const x = g.input('x', 'float32', [3]);
    const isSmall = g.op('Less', [x, g.scalar(0.5)]);
    const chosen = g.op('Where', [isSmall, g.op('Mul', [x, x]), x]);
    const loss = g.op('ReduceSum', [chosen], { axes: [0], keepdims: 0 });
    const gradient = differentiate(g, loss, [x]).get(x)!;
    const graph = g.build('g', [
      { name: 'loss', value: loss },
      { name: 'grad:x', value: gradient },
    ]);
    checkGradients(graph, randomFeeds(g, 1));
  });

  it('names op and layer where there is no gradient', () => {
    const g = newGraph();
    const x = g.input('x', 'float32', []);
    const loss = g.within({ stage: 'forward', path: 'gate', line: 7 }, () =>
      g.op('HardSigmoid', [x], { alpha: 1, beta: 0 }),
    );
    assert.throws(() => differentiate(g, loss, [x]), {
      code: 'no-gradient',
      message: 'HardSigmoid has no gradient (layer gate)',
    });
  });

  it('refuses a loss that depends on the statistics that a norm gives out', () => {
    const g = newGraph();
    const x = g.input('x', 'float32', [2, 3]);
    const [, mean] = g.node('LayerNormalization', [x, g.full([3], 1)], { axis: -1, epsilon: 1e-5 });
    const loss = g.op('ReduceSum', [mean!], { axes: [0, 1], keepdims: 0 });
    assert.throws(() => differentiate(g, loss, [x]), /no gradient for its mean/);
  });
});

describe('pruning', () => {
  it('keeps what outputs depend on, in order, and all inputs', () => {
    const graph = parseGraph(
      `graph g
      input x = %0 float32[2]
      input unused = %1 float32[2]
      constant %2 float32[] = 2
      constant %3 float32[] = 3
      %4 = Mul(%0, %2)
      %5 = Mul(%1, %3)
      %6 = Add(%5, %4)
      %7, %8 = Split(%4; axis=0 split=[1,1])
      output y = %8`,
      shapeRules,
    );
    const pruned = prune(graph);
    verifyGraph(pruned, shapeRules);
    assert.deepEqual(
      pruned.nodes.map((node) => node.op),
      ['Mul', 'Split'],
    );
    assert.equal(pruned.constants.length, 1);
    assert.equal(pruned.inputs.length, 2);
    assert.equal(printGraph(prune(pruned)), printGraph(pruned));
  });
});

describe('sharing the normal distribution function of GELU', () => {
  const source = (uses: number): Graph => {
    const g = newGraph();
    const x = g.input('x', 'float32', [4]);
    let y = x;
    for (let i = 0; i < uses; i++) {
      // The second GELU has the same operand as the first.
      const gelu = g.op('Gelu', [i === 1 ? x : y], { approximate: 'none' });
      y = i === 1 ? g.op('Add', [y, gelu]) : gelu;
    }
    const kept = g.op('Gelu', [x], { approximate: 'tanh' });
    const sum = g.op('Add', [g.op('Mul', [y, kept]), x]);
    const loss = g.op('ReduceSumSquare', [sum], { axes: [0], keepdims: 0 });
    const gradient = differentiate(g, loss, [x]).get(x)!;
    return g.build('g', [
      { name: 'loss', value: loss },
      { name: 'grad:x', value: gradient },
    ]);
  };

  for (const uses of [1, 2, 3]) {
    it(`changes no value (${uses} exact GELUs), and leaves the approximate one alone`, async () => {
      const before = source(uses);
      const after = shareGelu(before);
      verifyGraph(after, shapeRules);
      const count = (graph: Graph, op: string): number =>
        graph.nodes.filter((node) => node.op === op).length;
      assert.equal(count(before, 'Gelu'), uses + 1);
      assert.equal(count(after, 'Gelu'), 1);
      assert.equal(count(after, 'Erf'), count(before, 'Erf'));
      const feeds = randomFeeds(newInputs(before), 5);
      const expected = interpret(before, feeds);
      const found = interpret(after, feeds);
      const inRuntime = await runInRuntime(after, feeds);
      for (const name of ['loss', 'grad:x']) {
        expected[name]!.data.forEach((value, i) => {
          // √½ is a float32 constant in one form and a double in the other.
          assert.ok(Math.abs(found[name]!.data[i]! - value) < 1e-7 * (1 + Math.abs(value)));
          assert.ok(Math.abs(inRuntime[name]!.data[i]! - value) < 1e-5 * (1 + Math.abs(value)));
        });
      }
    });
  }

  it('leaves a forward pass alone', () => {
    const g = newGraph();
    const y = g.op('Gelu', [g.input('x', 'float32', [4])], { approximate: 'none' });
    const graph = g.build('g', [{ name: 'y', value: y }]);
    assert.deepEqual(shareGelu(graph).nodes, graph.nodes);
  });
});

function newInputs(graph: Graph): { readonly inputs: Port[] } {
  return { inputs: [...graph.inputs] };
}

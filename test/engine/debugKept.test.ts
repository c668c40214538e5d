import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import type { Graph, Value } from '../../src/compiler/graph/types.ts';
import { bytesOf } from '../../src/compiler/onnx/memory.ts';
import { cut } from '../../src/compiler/passes/cut.ts';
import { keptValues } from '../../src/engine/debug/keptValues.ts';
import { listTaps } from '../../src/engine/debug/tapList.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';
import { openTiny, temporaryFolders, tinyGpt } from './support.ts';

function bytes(values: Iterable<Value>): number {
  return [...values].reduce((sum, value) => sum + bytesOf(value), 0);
}

function port(value: Value): { readonly name: string; readonly value: Value } {
  return { name: `value:${value.id}`, value };
}

function products({ nodes }: Graph): number {
  return nodes.filter(({ op }) => op === 'MatMul' || op === 'Gemm').length;
}

describe('a record within a budget', () => {
  before(buildKernel);
  const folder = temporaryFolders();

  async function listOf(text: string) {
    const { trainer } = await openTiny(folder(), text);
    return listTaps(trainer, lowerModel(trainer.options.model, { mode: 'training' }));
  }

  it('keeps all there is room for, and computes the rest by little more than one more pass', async () => {
    const list = await listOf(tinyGpt().replace('times: 2', 'times: 8'));
    const { kept: all } = keptValues(list, Infinity);
    for (const share of [0.6, 0.3, 0.18]) {
      const budget = share * bytes(all);
      const { kept, groups } = keptValues(list, budget);
      assert.ok(bytes(kept) <= budget && bytes(kept) > 0.9 * budget);
      for (const group of groups) assert.ok(bytes(group) <= budget);
      const rest = groups.flat();
      assert.equal(new Set([...kept, ...rest]).size, all.size, 'every value has its place');
      assert.equal(kept.size + rest.length, all.size, 'and one only');
      const pass = products(cut(list.graph, [], [...kept].map(port)));
      const again = groups.map((group) =>
        products(cut(list.graph, [...kept].map(port), group.map(port))),
      );
      const sum = again.reduce((a, b) => a + b, 0);
      assert.ok(
        groups.length > 0 && sum < 1.2 * pass,
        `${share}: ${again.join(' + ')} after ${pass}`,
      );
    }
  });

  it('keeps something, however little there is room for', async () => {
    const list = await listOf(tinyGpt());
    const { kept, groups } = keptValues(list, 1);
    assert.equal(kept.size, 1);
    assert.ok(groups.every((group) => group.length === 1));
  });
});

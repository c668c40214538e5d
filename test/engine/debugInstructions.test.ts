import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import type { Instruction } from '../../src/protocol/debug.ts';
import { temporaryFolders, tinyGpt, type TinyModel } from './support.ts';
import { TestEngine } from './testEngine.ts';

describe('the instructions of a step', function () {
  this.timeout(60_000);
  before(buildKernel);
  const folder = temporaryFolders();
  let engine: TestEngine;
  beforeEach(() => (engine = new TestEngine()));
  afterEach(() => engine.close());

  async function opened(model: TinyModel = {}): Promise<readonly Instruction[]> {
    await engine.open(folder(), tinyGpt(model));
    await engine.ask.attach({});
    await engine.train(2);
    return engine.ask.instructions(null);
  }

  async function elements(tap: string): Promise<Float32Array | Int32Array> {
    return (await engine.ask.tensor({ tap, offset: 0, count: 1e6 })).data.slice();
  }

  it('come in the order of execution, each with its layer, line and moment', async () => {
    const program = await opened();
    const { moments } = await engine.ask.record(null);
    assert.deepEqual(
      program.map(({ index }) => index),
      [...program.keys()],
    );
    const known = new Set<string>();
    for (const { phase, path, line, moment, inputs, outputs } of program) {
      const place = moments[moment!];
      assert.equal(place?.path, path);
      assert.equal(place.line, line);
      assert.equal(place.phase, path === 'loss' ? 'loss' : phase);
      for (const { name, label } of inputs)
        assert.ok(known.has(name) || label !== undefined || phase === 'update', name);
      for (const { name } of outputs) known.add(name);
    }
    const phases = [...new Set(program.map(({ phase }) => phase))];
    assert.deepEqual(phases, ['forward', 'loss', 'backward', 'update']);
    const reached = new Set(program.map(({ moment }) => moment));
    // The gradient of a sum is that of its parts: nothing is computed.
    const missing = moments.filter(({ index }) => !reached.has(index));
    assert.deepEqual(
      [...new Set(missing.map(({ phase, type }) => `${phase} ${type}`))],
      ['backward Residual'],
    );
  });

  it('say what they read and write, and the update what the optimizer does', async () => {
    const program = await opened();
    const norm = program.find(({ op }) => op === 'LayerNormalization');
    assert.equal(norm?.path, 'blocks.0.attention.norm');
    assert.match(norm.attributes, /axis=-1/);
    assert.deepEqual(
      norm.inputs.slice(1).map(({ label }) => label),
      ['blocks.0.attention.norm.weight', 'blocks.0.attention.norm.bias'],
    );
    assert.deepEqual(norm.outputs[0]?.shape, [4, 12, 16]);
    const update = program.find(
      ({ phase, path, outputs }) =>
        phase === 'update' && path === 'final' && outputs[0]?.name === 'final.update:weight',
    );
    assert.equal(update?.op, 'AdamW');
    assert.match(update.attributes, /betas=0.9,0.999/);
    assert.deepEqual(
      update.inputs.map(({ name }) => name),
      [
        'final.param:weight',
        'final.grad:param:weight',
        'final.optimizer:exp_avg:weight',
        'final.optimizer:exp_avg_sq:weight',
      ],
    );
  });

  it('have values on demand, which are those of the taps and follow from each other', async () => {
    const program = await opened();
    const { taps } = await engine.ask.record(null);
    const names = new Set(taps.map(({ name }) => name));
    let compared = 0;
    for (const { name, label } of program.flatMap(({ outputs }) => outputs)) {
      if (label === undefined || !names.has(label)) continue;
      assert.deepEqual(await elements(name), await elements(label));
      compared++;
    }
    assert.ok(compared > 60, `${compared} operands are taps`);
    const add = program.find(
      ({ op, phase, inputs }) =>
        op === 'Add' && phase === 'backward' && inputs.every(({ shape }) => shape.length === 3),
    )!;
    const [a, b, sum] = await Promise.all(
      [...add.inputs, ...add.outputs].map(({ name }) => elements(name)),
    );
    sum!.forEach((x, i) => {
      assert.equal(x, Math.fround(a![i]! + b![i]!));
    });
    const { name } = add.outputs[0]!;
    const described = await engine.ask.describe({ tap: name });
    const { value } = await engine.ask.evaluate({ expression: `var(\`${name}\`)` });
    assert.ok(Math.abs(value! / described.statistics.var - 1) < 1e-9);
    assert.deepEqual(described.shape, add.outputs[0]!.shape);
    await assert.rejects(async () => engine.ask.describe({ tap: '%99999' }), {
      code: 'no-such-tap',
    });
  });

  it('are those of the last batch where a step has several, and lack the update of a step that fails', async () => {
    const program = await opened({ accumulate: 2, optimizer: 'SGD: { lr: 1e30, momentum: 0.9 }' });
    assert.ok(program.every(({ phase }) => phase !== 'update'));
    assert.ok((await elements(program.at(-1)!.outputs[0]!.name)).length > 0);
  });
});

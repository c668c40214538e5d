import assert from 'node:assert/strict';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { EngineClient } from '../../src/engine/client.ts';
import { readGptFixture, writeGptFixture, type FixtureTensor } from '../engine/pytorchGpt.ts';
import { Client, enginePath, Folder } from './stdio.ts';

/** Of the largest element: PyTorch computed in float64, and seven digits are shown. */
const tolerance = 1e-5;

/** What a person reads among the variables, beside what PyTorch computed from the same weights and batch. */
describe('variables of a client over stdio beside PyTorch', function () {
  this.timeout(120_000);
  const given = readGptFixture();
  const folder = new Folder();
  const client = new Client();
  const told: string[] = [];
  let file: string;
  let lines: readonly string[];

  /** A run of one step with PyTorch's first values, to go on with. */
  async function begin(): Promise<string> {
    const request = writeGptFixture(folder.path, given);
    file = request.modelPath;
    lines = request.modelText.split('\n');
    const engine = new EngineClient(enginePath);
    try {
      const runsDirectory = path.join(folder.path, 'runs');
      const { directory } = await engine.request('open', { ...request, threads: 1, runsDirectory });
      const rested = new Promise((resolve) =>
        engine.on('status', ({ step }) => step === 1 && resolve(null)),
      );
      await engine.request('train', { steps: 1 });
      await rested;
      await engine.request('stop', null);
      return directory;
    } finally {
      engine.dispose();
      await engine.exited;
    }
  }

  const lineOf = (text: string): number => lines.findIndex((line) => line.includes(text)) + 1;

  /** `rounding`: what float32 cannot tell. */
  function compare(
    found: readonly number[],
    { data }: FixtureTensor,
    what: string,
    rounding = 0,
  ): void {
    const scale = Math.max(...data.map(Math.abs));
    assert.equal(found.length, data.length, what);
    found.forEach((x, i) => {
      const error = Math.abs(x - data[i]!);
      assert.ok(error <= tolerance * scale + rounding, `${what} ${i}: ${x} is not ${data[i]}`);
    });
  }

  before(async () => {
    const directory = await begin();
    client.on('output', ({ body }: DebugProtocol.OutputEvent) => told.push(body.output));
    const stop = client.nextStop();
    await client.begin({ program: file, resume: directory, stopOnEntry: true });
    await stop;
  });
  after(async () => {
    await client.stop();
    folder.dispose();
  });

  it('goes from the checkpoint back to the weights that were given, with proof', async () => {
    assert.equal((await client.names()).at(-1), 'step 1');
    await client.move('normscope/goToStep', { step: 0 });
    assert.equal((await client.names()).at(-1), 'step 0');
    assert.match(told.join(''), /Step 0: 0 steps computed again/);
  });

  it("takes PyTorch's batch, number by number", async () => {
    const [batch] = given.batches;
    for (const [name, { data }] of [
      ['input', batch!.tokens],
      ['targets', batch!.targets],
    ] as const) {
      for (const [index, value] of data.entries()) {
        const rows = await client.vectors('Batch', name);
        const { variablesReference } = rows[Math.floor(index / given.context)]!;
        const element = { name: `[${index % given.context}]`, value: String(value) };
        await client.ask('setVariable', { variablesReference, ...element });
      }
      compare(await client.elements('Batch', name), { shape: [], data }, name);
    }
    assert.ok(Math.abs((await client.evaluate('loss')) - given.losses[0]!) <= tolerance);
  });

  it('shows the output of a norm in the forward pass', async () => {
    const norm = 'blocks.0.attention.norm';
    await client.goToLayer(file, lineOf('norm: LayerNorm'), `forward: ${norm}`);
    const expected = given.firstActivations[`${norm}.out`]!;
    compare(await client.elements('Output', 'out'), expected, 'output of the norm');
  });

  it('shows the gradient of a layer in the backward pass', async () => {
    await client.goToLayer(file, lineOf('Linear: 32'), 'backward: blocks.1.mlp.0');
    const expected = given.firstGradients['blocks.1.mlp.0.grad:out']!;
    compare(await client.elements('Gradients', 'grad:out'), expected, 'gradient of the layer');
  });

  it('shows the update of a weight', async () => {
    await client.goToLayer(file, lineOf('name: head'), 'update: head.weight');
    const expected = given.firstUpdates['head.weight']!;
    // An update is the difference of two weights, each the nearest float32.
    const largest = Math.max(...given.initial['head.weight']!.data.map(Math.abs));
    const found = await client.elements('Update', 'update:weight');
    compare(found, expected, 'update of the weight', largest * 2 ** -24);
  });
});

import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Client, Folder, trainPlainly, type TakenStep } from './stdio.ts';
import { tinyModel } from './tinyModel.ts';

/** Relative: statistics of the fast program come from rows in float32, those of a record from all elements in float64. */
const tolerance = 1e-5;

function near(actual: number, expected: number, what: string): void {
  const error = Math.abs(actual - expected) / Math.max(1e-12, Math.abs(expected));
  assert.ok(error <= tolerance, `${what}: ${actual} is not ${expected}`);
}

/** A condition that holds for the first time in step `step`, some steps into the run, and what it is about there. */
function firstExtreme(steps: readonly TakenStep[], norm: string) {
  const values = steps.map(({ varianceBefore }) => varianceBefore.get(norm)!);
  const step = 5;
  const before = values.slice(0, step);
  const value = values[step]!;
  const isHigh = value > Math.max(...before);
  const extreme = isHigh ? Math.max(...before) : Math.min(...before);
  assert.ok(isHigh || value < extreme, `the variance neither grew nor fell: ${values.join(', ')}`);
  const bound = (extreme + value) / 2;
  const holds = (other: number): boolean => (isHigh ? other > bound : other < bound);
  return { step, value, condition: `var(in) ${isHigh ? '>' : '<'} ${bound}`, holds };
}

describe('debug adapter over stdio', function () {
  this.timeout(120_000);
  let folder: Folder;
  let client: Client;
  let file: string;

  beforeEach(() => {
    folder = new Folder();
    client = new Client();
    file = folder.write('tiny.model.yaml', tinyModel);
  });
  afterEach(async () => {
    await client.stop();
    folder.dispose();
  });

  const stopOnEntry = async (launch: object = {}): Promise<void> => {
    const stop = client.nextStop();
    await client.begin({ program: file, stopOnEntry: true, threads: 1, ...launch });
    assert.equal((await stop).reason, 'entry');
  };
  const stepNow = async (): Promise<string> => (await client.names()).at(-1)!;

  it('walks one step forward, back through the layers, through the update, and into the next', async () => {
    await stopOnEntry();
    assert.deepEqual(await client.names(), ['first (Linear)', 'forward', 'step 0']);
    const visited: string[] = [];
    while ((await stepNow()) === 'step 0') {
      const names = await client.names();
      visited.push(`${names.at(-2)!} ${names[0]!}`);
      await client.move('stepIn');
    }
    const layers = ['first (Linear)', 'norm (LayerNorm)', 'branch (Linear)', '1 (ReLU)', 'sum'];
    const outer = ['last (LayerNorm)', 'head (Linear)'];
    const forward = [...layers, ...outer];
    const expected = [
      ...forward.map((name) => `forward ${name}`),
      'loss loss (CrossEntropyLoss)',
      ...forward.toReversed().map((name) => `backward ${name}`),
    ];
    assert.deepEqual(visited.slice(0, expected.length), expected);
    const update = visited.slice(expected.length);
    assert.ok(
      update.every((name) => name.startsWith('update ')),
      update.join(', '),
    );
    assert.ok(update.includes('update head.weight (Linear)'), update.join(', '));
    assert.equal(update.length, 10, 'one moment for each parameter');
    assert.equal(await stepNow(), 'step 1');
    await client.move('stepBack');
    assert.equal(await stepNow(), 'step 0');
    assert.equal((await client.names()).at(-2), 'update');
  });

  it('steps over a residual as a whole and out of it', async () => {
    await stopOnEntry();
    await client.move('next');
    assert.equal((await client.names())[0], 'block (Residual)');
    await client.move('stepBack');
    await client.move('stepIn');
    assert.deepEqual((await client.names()).slice(0, 2), ['norm (LayerNorm)', 'block (Residual)']);
    await client.move('stepOut');
    assert.equal((await client.names())[0], 'block (Residual)');
    await client.move('next');
    assert.equal((await client.names())[0], 'last (LayerNorm)');
  });

  it('shows the values of a norm: normalized is centred by sigma', async () => {
    await stopOnEntry();
    await client.move('stepIn');
    const [frame] = await client.stack();
    assert.equal(frame?.line, 7);
    const row = async (name: string) =>
      (await client.elements('Norm', name)).slice(0, name === 'sigma' ? 1 : 8);
    const [centred, sigma, xhat] = [await row('centred'), await row('sigma'), await row('xhat')];
    assert.equal(xhat.length, 8);
    xhat.forEach((value, at) => near(value * sigma[0]!, centred[at]!, `element ${at}`));
  });

  it('stops by a condition in exactly the step where the run recorded it, and goes back to it', async () => {
    const request = { modelPath: file, modelText: tinyModel, overrides: [], threads: 1 };
    const { step, condition, value } = firstExtreme(await trainPlainly(request), 'block.norm');
    await client.begin({ program: file, threads: 1 }, async () => {
      const { breakpoints } = await client.setLines(file, {
        line: 7,
        condition,
      });
      assert.deepEqual([breakpoints[0]?.verified, breakpoints[0]?.line], [true, 7]);
    });
    const stop = await client.nextStop();
    assert.equal(stop.reason, 'breakpoint');
    assert.equal(stop.hitBreakpointIds?.length, 1);
    assert.deepEqual(await client.names(), [
      'norm (LayerNorm)',
      'block (Residual)',
      'forward',
      `step ${step}`,
    ]);
    near(await client.evaluate('var(in)'), value, 'variance before the norm');

    await client.move('normscope/runToStep', { step: step + 5 }).catch(() => undefined);
    await client.move('normscope/goToStep', { step: 2 });
    assert.equal(await stepNow(), 'step 2');
    await client.move('normscope/goToStep', { step: 0 });
    assert.equal(await stepNow(), 'step 0');
  });

  it('reverses to the last step in which a breakpoint held', async () => {
    const request = { modelPath: file, modelText: tinyModel, overrides: [], threads: 1 };
    const steps = await trainPlainly(request);
    const { step, condition, holds } = firstExtreme(steps, 'block.norm');
    const held = steps.findLastIndex(
      ({ varianceBefore }, at) => at < 20 && holds(varianceBefore.get('block.norm')!),
    );
    assert.ok(held >= step);
    await stopOnEntry();
    await client.move('normscope/runToStep', { step: 20 });
    assert.equal(await stepNow(), 'step 20');
    await client.setLines(file, { line: 7, condition });
    await client.move('reverseContinue');
    assert.deepEqual(
      [(await client.names())[0], await stepNow()],
      ['norm (LayerNorm)', `step ${held}`],
    );
  });

  it('sets the learning rate and goes on', async () => {
    await stopOnEntry();
    const variablesReference = await client.scopeReference('Hyperparameters');
    const values = { variablesReference, name: 'lr', value: '0.5' };
    await client.ask('setVariable', values);
    near(await client.evaluate('lr'), 0.5, 'learning rate');
    await client.move('normscope/nextStep');
    assert.equal(await stepNow(), 'step 1');
  });

  it('logs at a logpoint without stopping, and ends with the run', async () => {
    const texts: string[] = [];
    client.on('output', ({ body }: DebugProtocol.OutputEvent) => texts.push(body.output));
    const terminated = client.waitForEvent('terminated');
    await client.begin({ program: file, steps: 6 }, () =>
      client.setLines(file, { line: 7, logMessage: 'loss {loss} variance {var(in)}' }),
    );
    await terminated;
    const logged = texts.filter((text) => /^step \d+: loss [\d.e-]+ variance [\d.e-]+/.test(text));
    assert.equal(logged.length, 6, texts.join(''));
  });

  it('stops at the first step that is not finite, with the whole state before it', async () => {
    const hot = folder.write(
      'hot.model.yaml',
      tinyModel.replace('{ lr: 0.02 }', '{ lr: 1.0e+25 }'),
    );
    await client.begin({ program: hot }, () =>
      client.ask('setExceptionBreakpoints', { filters: ['non-finite'] }),
    );
    const stop = await client.nextStop();
    assert.equal(stop.reason, 'exception');
    const info = await client.ask<DebugProtocol.ExceptionInfoResponse['body']>('exceptionInfo', {
      threadId: 1,
    });
    assert.equal(info.exceptionId, 'non-finite');
    assert.ok((await client.stack()).length > 3);
    await client.move('stepBack');
  });

  it('pauses a training', async () => {
    await client.begin({ program: file, steps: 1_000_000 });
    const stop = await client.move('pause');
    assert.equal(stop.reason, 'pause');
    assert.match(await stepNow(), /^step \d+$/);
  });

  it('says why a model cannot be debugged', async () => {
    const broken = folder.write('broken.model.yaml', 'layers: [{ Linear: many }]');
    await client.start();
    await client.initializeRequest();
    await assert.rejects(client.ask('launch', { program: broken }));
    await assert.rejects(client.ask('launch', { program: folder.path }));
    await assert.rejects(client.ask('launch', {}), /program/);
  });

  it('restarts with the text as it is now', async () => {
    await stopOnEntry();
    folder.write('tiny.model.yaml', tinyModel.replace('name: first', 'name: start'));
    await client.move('restart');
    assert.equal((await client.names())[0], 'start (Linear)');
  });
});

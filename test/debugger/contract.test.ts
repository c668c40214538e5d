import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { buildKernel } from '../../scripts/kernel.ts';
import { readAttachArguments } from '../../src/debugger/arguments.ts';
import { engineHost } from '../../src/debugger/engineHost.ts';
import type { DebuggedRun, DebugHost } from '../../src/debugger/host.ts';
import { listCheckpoints } from '../../src/engine/runs/checkpoint.ts';
import { runPaths } from '../../src/engine/runs/manifest.ts';
import { nonFiniteRule, rules } from '../../src/statistics/rules/definitions.ts';
import { InlineAdapter } from './adapter.ts';
import { EngineInProcess } from './engineInProcess.ts';
import { Folder } from './stdio.ts';
import { tinyModel } from './tinyModel.ts';

type Breakpoints = DebugProtocol.SetBreakpointsResponse['body'];
type Evaluated = DebugProtocol.EvaluateResponse['body'];
type Stack = DebugProtocol.StackTraceResponse['body'];

const normLine = 7;
const headLine = 10;

/** What clients of the protocol count on, over the real engine. */
describe('requests of a debug client', function () {
  this.timeout(60_000);
  let folder: Folder;
  let engine: EngineInProcess;
  let adapter: InlineAdapter;
  let program: string;
  let run: DebuggedRun;

  before(buildKernel);
  beforeEach(() => {
    folder = new Folder();
    engine = new EngineInProcess();
    program = folder.write('tiny.model.yaml', tinyModel);
    const host = engineHost(() => engine);
    // The run outlives its debugger, as in an editor.
    const keeping = (opened: DebuggedRun): DebuggedRun => {
      return (run = { ...opened, release: () => undefined });
    };
    const own: DebugHost = {
      ...host,
      launch: async (options) => keeping(await host.launch(options)),
    };
    adapter = new InlineAdapter(own);
  });
  afterEach(async () => {
    engine.dispose();
    await engine.closed;
    folder.dispose();
  });

  const frames = async (): Promise<readonly DebugProtocol.StackFrame[]> =>
    (await adapter.ask<Stack>('stackTrace', { threadId: 1 })).stackFrames;
  const names = async (): Promise<readonly string[]> => (await frames()).map(({ name }) => name);
  const outputs = (): string =>
    adapter.messages
      .filter((m) => 'event' in m && m.event === 'output')
      .map(({ body }) => (body as { readonly output: string }).output)
      .join('');

  it('launch with seed, threads, steps and overrides, which the run then has', async () => {
    await adapter.ask('initialize', { adapterID: 'normscope' });
    const initialized = adapter.event('initialized');
    const options = { seed: 9, threads: 2, steps: 12, set: { 'train.batch': 8 } };
    await adapter.ask('launch', { program, stopOnEntry: true, ...options });
    await initialized;
    await adapter.move('configurationDone');
    assert.match(outputs(), /parameters, 2 threads, seed 9, step 0 of 12\./);
    const { type } = await adapter.ask<Evaluated>('evaluate', { expression: 'first.out' });
    assert.equal(type, 'float32 [8, 8]');
  });

  it('hovers over a layer show its output, with its bytes and elements', async () => {
    await adapter.stopOnEntry({}, program);
    const [frame] = await frames();
    const hover = (expression: string) =>
      adapter.send('evaluate', { expression, frameId: frame?.id, context: 'hover' });
    const right = await hover('block.norm.out');
    const { result, type, memoryReference, variablesReference } = right.body as Evaluated;
    assert.ok(right.success && variablesReference > 0 && memoryReference !== undefined);
    assert.equal(type, 'float32 [16, 8]');
    assert.ok(result.length > 0);
    const wrong = await hover('LayerNorm');
    assert.equal(wrong.success, false);
    assert.match(JSON.stringify(wrong.body), /there is no 'LayerNorm' here/);
  });

  it('breakpoints stop in the backward pass and in the update', async () => {
    await adapter.stopOnEntry({}, program);
    const { breakpoints } = await adapter.ask<Breakpoints>('setBreakpoints', {
      source: { path: program },
      breakpoints: [
        { line: normLine, mode: 'backward' },
        { line: headLine, mode: 'update', condition: 'step == 1' },
      ],
    });
    assert.ok(breakpoints.every(({ verified }) => verified));
    const stops: (readonly string[])[] = [];
    for (let stop = 0; stop < 3; stop++) {
      await adapter.move('continue');
      const found = await names();
      stops.push([found[0]!, found.at(-3)!, found.at(-2)!]);
    }
    assert.deepEqual(stops, [
      ['norm (LayerNorm)', 'backward', 'step 0'],
      ['norm (LayerNorm)', 'backward', 'step 1'],
      ['head.weight (Linear)', 'update', 'step 1'],
    ]);
    const { breakpoints: places } = await adapter.ask<{ readonly breakpoints: object[] }>(
      'breakpointLocations',
      { source: { path: program }, line: 1, endLine: 20 },
    );
    assert.deepEqual(
      places,
      [3, 4, 7, 8, 9, 10, 13].map((line) => ({ line })),
    );
  });

  it('data breakpoints are offered for statistics, and stop', async () => {
    await adapter.stopOnEntry({}, program);
    const info = (values: object) =>
      adapter.ask<DebugProtocol.DataBreakpointInfoResponse['body']>('dataBreakpointInfo', values);
    const { dataId, accessTypes } = await info({ name: 'block.norm.in.var' });
    assert.deepEqual([dataId, accessTypes], ['block.norm.in.var', ['write']]);
    assert.equal((await info({ name: 'block.norm.in' })).dataId, null);
    const { breakpoints } = await adapter.ask<Breakpoints>('setDataBreakpoints', {
      breakpoints: [
        { dataId, condition: '> 0' },
        { dataId, condition: '+ 1' },
      ],
    });
    assert.deepEqual(
      breakpoints.map(({ verified }) => verified),
      [true, false],
    );
    const stop = await adapter.move('normscope/runToStep', { step: 5 });
    assert.equal((stop.body as { readonly reason: string }).reason, 'data breakpoint');
    assert.equal((await names())[0], 'norm (LayerNorm)');
  });

  it('every rule is a filter, and takes the condition that it is described with', async () => {
    type Capabilities = DebugProtocol.InitializeResponse['body'];
    const { exceptionBreakpointFilters: filters = [] } =
      (await adapter.ask<Capabilities>('initialize', { adapterID: 'normscope' })) ?? {};
    assert.deepEqual(
      filters.map(({ filter }) => filter),
      [nonFiniteRule, ...rules.map(({ name }) => name)],
    );
    assert.deepEqual(
      filters.filter((filter) => filter.default).map(({ filter }) => filter),
      [nonFiniteRule],
    );
    const initialized = adapter.event('initialized');
    await adapter.ask('launch', { program, stopOnEntry: true });
    await initialized;
    const set = (condition: (rule: (typeof rules)[number]) => string) =>
      adapter.ask<Breakpoints>('setExceptionBreakpoints', {
        filters: [],
        filterOptions: rules.map((rule) => ({ filterId: rule.name, condition: condition(rule) })),
      });
    const own = (await set(({ condition }) => condition)).breakpoints;
    for (const [index, { verified, message }] of own.entries()) {
      // The tiny model has no attention, for one.
      if (!verified) assert.match(message ?? '', /this model has no layer/, rules[index]!.name);
    }
    assert.ok(own.filter(({ verified }) => verified).length > rules.length / 2);
    const wrong = (await set(() => 'nothing > 3')).breakpoints;
    assert.ok(wrong.every(({ verified }) => !verified));
    assert.match(wrong[0]?.message ?? '', /there is no 'nothing' here/);
  });

  it('terminate ends the run with a checkpoint', async () => {
    await adapter.stopOnEntry({}, program);
    await adapter.move('normscope/runToStep', { step: 3 });
    const terminated = adapter.event('terminated');
    await adapter.ask('terminate');
    await terminated;
    // Besides the one that every run begins with.
    assert.deepEqual(await listCheckpoints(runPaths(run.info.directory).checkpoints), [3, 0]);
    assert.match(outputs(), /step 0 of 40/);
  });

  it('disconnect lets the run go on, or stand still, as the client wants', async () => {
    await adapter.stopOnEntry({}, program);
    await adapter.move('normscope/runToStep', { step: 3 });
    const ended = new Promise((resolve) => engine.on('end', resolve));
    await adapter.ask('disconnect', { terminateDebuggee: false });
    await ended;
    const second = new EngineInProcess();
    try {
      const other = new InlineAdapter({
        ...engineHost(() => second),
        launch: async (options) => ({
          ...(await engineHost(() => second).launch(options)),
          release: () => undefined,
        }),
      });
      await other.stopOnEntry({}, program);
      const states: string[] = [];
      second.on('status', ({ state }) => states.push(state));
      await other.ask('disconnect', { terminateDebuggee: false, suspendDebuggee: true });
      assert.equal((await second.request('pause', null)).step, 0);
      assert.ok(!states.includes('training'), states.join(', '));
    } finally {
      second.dispose();
      await second.closed;
    }
  });

  it('attach is refused where there is nothing to attach to', async () => {
    await adapter.ask('initialize', { adapterID: 'normscope' });
    const answer = await adapter.send('attach', readAttachArguments({}));
    assert.equal(answer.success, false);
    assert.match(JSON.stringify(answer.body), /no run to attach to/);
  });
});

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { buildKernel } from '../../scripts/kernel.ts';
import { engineHost } from '../../src/debugger/engineHost.ts';
import type { BreakpointCost } from '../../src/debugger/debugged.ts';
import type { DebugHost } from '../../src/debugger/host.ts';
import { InlineAdapter } from './adapter.ts';
import { EngineInProcess } from './engineInProcess.ts';
import { Folder } from './stdio.ts';
import { tinyModel } from './tinyModel.ts';

type Stack = DebugProtocol.StackTraceResponse['body'];
type Scopes = DebugProtocol.ScopesResponse['body'];
type Variables = DebugProtocol.VariablesResponse['body'];
type Breakpoints = DebugProtocol.SetBreakpointsResponse['body'];

/** Line of the norm of the tiny model's residual. */
const normLine = 7;

describe('debug adapter over the real engine', function () {
  this.timeout(60_000);
  let folder: Folder;
  let engine: EngineInProcess;

  before(buildKernel);
  beforeEach(() => {
    folder = new Folder();
    engine = new EngineInProcess();
  });
  afterEach(async () => {
    engine.dispose();
    await engine.closed;
    folder.dispose();
  });

  async function begun(text = tinyModel, host: DebugHost = engineHost(() => engine)) {
    const adapter = new InlineAdapter(host);
    const program = folder.write('tiny.model.yaml', text);
    await adapter.stopOnEntry({}, program);
    return { adapter, source: { path: program } };
  }

  async function stackOf(adapter: InlineAdapter): Promise<readonly DebugProtocol.StackFrame[]> {
    return (await adapter.ask<Stack>('stackTrace', { threadId: 1 })).stackFrames;
  }

  async function stepOf(adapter: InlineAdapter): Promise<string | undefined> {
    return (await stackOf(adapter)).at(-2)?.name;
  }

  it('trains to the next epoch, from wherever in one it stands', async () => {
    // 300 rows in batches of 100, which every epoch sees once.
    const rows = Array.from({ length: 300 }, (_, row) => `${Math.sin(row)},${row % 7},${row % 3}`);
    folder.write('points.csv', ['x,y,class', ...rows].join('\n'));
    const data = 'data: { csv: points.csv, target: class, validation: 0 }';
    const text = tinyModel
      .replace('data: { gaussian-blobs: { classes: 3 } }', data)
      .replace('batch: 16', 'batch: 100');
    const { adapter } = await begun(text);
    await adapter.move('normscope/nextEpoch');
    assert.equal(await stepOf(adapter), 'step 3');
    await adapter.move('normscope/nextStep');
    await adapter.move('normscope/nextEpoch');
    assert.equal(await stepOf(adapter), 'step 6');
  });

  it('says which values are computed on demand, and computes them when they are opened', async () => {
    const host = engineHost(() => ({
      request: (method, parameter) => {
        const isAttach = method === 'attach';
        return engine.request(method, isAttach ? { ...parameter, recordBytes: 2000 } : parameter);
      },
      on: engine.on,
      onLost: engine.onLost,
      dispose: () => engine.dispose(),
    }));
    const { adapter } = await begun(tinyModel, host);
    const found = new Map<string, DebugProtocol.Variable>();
    const names = ['first', 'norm', 'branch', '1', 'sum', 'last', 'head'];
    for (const name of names) {
      const [frame] = await stackOf(adapter);
      assert.equal(frame?.name.split(' ')[0], name);
      const { scopes } = await adapter.ask<Scopes>('scopes', { frameId: frame.id });
      for (const { name: scope, variablesReference } of scopes) {
        if (scope === 'Operation') continue;
        const { variables } = await adapter.ask<Variables>('variables', { variablesReference });
        for (const each of variables) found.set(`${name} ${each.name}`, each);
      }
      if (name !== 'head') await adapter.move('stepIn');
    }
    const onDemand = [...found].filter(([, { value }]) => value.endsWith('(computed on demand)'));
    assert.ok(onDemand.length > 5 && onDemand.length < found.size - 5, `${onDemand.length}`);
    const [, head] = onDemand.find(([name]) => name.startsWith('head '))!;
    const { variablesReference } = head;
    const { variables } = await adapter.ask<Variables>('variables', {
      variablesReference,
      filter: 'indexed',
    });
    assert.ok(variables.length > 0 && variables.every(({ value }) => /µ -?[\d.]+/.test(value)));
  });

  it('tells what breakpoints cost, and why one cannot hold', async () => {
    const { adapter, source } = await begun();
    const set = async (...breakpoints: object[]) => {
      const event = adapter.event('normscope/breakpointCost');
      const values = { source, breakpoints };
      const answer = await adapter.ask<Breakpoints>('setBreakpoints', values);
      return { ...answer, ...((await event).body as BreakpointCost) };
    };
    const free = await set({ line: normLine });
    assert.deepEqual([free.cost, free.texts], ['none', []]);
    assert.equal((await set({ line: normLine, condition: 'var(in) > 1e9' })).cost, 'scalar');
    const slow = await set(
      { line: normLine, condition: 'max(xhat) > 1e9' },
      { line: normLine, condition: 'var(in) > 1e9' },
    );
    assert.equal(slow.cost, 'record');
    assert.match(slow.texts.join(), /^Each step computes block\.norm\.xhat once more for this\./);
    const wrong = await set({ line: normLine, condition: 'var(in)' });
    assert.equal(wrong.breakpoints[0]?.verified, false);
    assert.match(wrong.breakpoints[0].message ?? '', /a condition compares/);
    const { breakpoints } = await adapter.ask<Breakpoints>('setFunctionBreakpoints', {
      breakpoints: [{ name: 'attention.*' }],
    });
    assert.equal(breakpoints[0]?.verified, false);
    assert.match(breakpoints[0].message ?? '', /no layer is named attention\.\*/);
  });

  it('refuses to go back on other data, names the file, and stands where it stood', async () => {
    folder.write('letters.txt', 'abcdefgh'.repeat(100));
    const text = tinyModel
      .replace(/layers:[^]*train:/, (layers) =>
        layers
          .replace('layers:', 'layers:\n  - Embedding: 8')
          .replace('out_features: classes', 'out_features: vocabulary'),
      )
      .replace('{ gaussian-blobs: { classes: 3 } }', '{ text: letters.txt, context: 4 }');
    const { adapter } = await begun(text);
    await adapter.move('normscope/runToStep', { step: 4 });
    folder.write('letters.txt', 'abcdefgx'.repeat(100));
    const stop = await adapter.move('normscope/goToStep', { step: 1 });
    const told = (stop.body as { readonly text?: string }).text ?? '';
    assert.match(told, /letters\.txt is not what .* Restore it/);
    assert.equal(await stepOf(adapter), 'step 4');
    rmSync(path.join(folder.path, 'letters.txt'));
    await adapter.move('normscope/nextStep');
    assert.equal(await stepOf(adapter), 'step 5');
  });

  it('trains without a stop when it is started without debugging', async () => {
    const adapter = new InlineAdapter(engineHost(() => engine));
    const program = folder.write('tiny.model.yaml', tinyModel);
    await adapter.ask('initialize', { adapterID: 'normscope' });
    await adapter.ask('launch', { program, stopOnEntry: true, noDebug: true });
    const values = { source: { path: program }, breakpoints: [{ line: normLine }] };
    const { breakpoints } = await adapter.ask<Breakpoints>('setBreakpoints', values);
    assert.equal(breakpoints[0]?.verified, false);
    const terminated = adapter.event('terminated');
    await adapter.ask('configurationDone');
    await terminated;
    assert.ok(!adapter.messages.some((m) => 'event' in m && m.event === 'stopped'));
  });

  it('shows the size of the update beside its weight at the lines of layers', async () => {
    const { adapter } = await begun();
    while ((await stackOf(adapter)).at(-3)?.name !== 'update') await adapter.move('stepOut');
    const [frame] = await stackOf(adapter);
    const request = { frameId: frame?.id, first: 1, last: 20 };
    interface Texts {
      readonly texts: readonly { readonly line: number; readonly text: string }[];
    }
    const { texts } = await adapter.ask<Texts>('normscope/inlineValues', request);
    const head = texts.find(({ line }) => line === 10)?.text;
    assert.match(head ?? '', /^weight ∂ [\d.e-]+ │ u\/w −?-?\d\.\d {3}bias ∂ [\d.e-]+ │ u/);
  });
});

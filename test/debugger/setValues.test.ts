import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { buildKernel } from '../../scripts/kernel.ts';
import { engineHost } from '../../src/debugger/engineHost.ts';
import { InlineAdapter } from './adapter.ts';
import { EngineInProcess } from './engineInProcess.ts';
import { Folder } from './stdio.ts';
import { tinyModel } from './tinyModel.ts';

type Stack = DebugProtocol.StackTraceResponse['body'];
type Scopes = DebugProtocol.ScopesResponse['body'];
type Variables = DebugProtocol.VariablesResponse['body'];
type Exception = DebugProtocol.ExceptionInfoResponse['body'];

/** Layers of the tiny model in the order of execution, and what they put out. */
const layers = [
  ['first', 'out'],
  ['block.norm', 'out'],
  ['block.branch', 'out'],
  ['block.1', 'out'],
  ['block', 'sum'],
  ['last', 'out'],
  ['head', 'out'],
] as const;

describe('a value set in the debugger', () => {
  let folder: Folder;
  let adapter: InlineAdapter;
  let engine: EngineInProcess;

  before(buildKernel);
  beforeEach(async () => {
    folder = new Folder();
    engine = new EngineInProcess();
    adapter = new InlineAdapter(engineHost(() => engine));
    const file = folder.write('tiny.model.yaml', tinyModel);
    await adapter.stopOnEntry({}, file);
    await adapter.ask('setExceptionBreakpoints', { filters: ['non-finite'] });
  });
  afterEach(async () => {
    await adapter.send('disconnect', { terminateDebuggee: true });
    await engine.closed;
    folder.dispose();
  });

  const frame = async (): Promise<DebugProtocol.StackFrame> =>
    (await adapter.ask<Stack>('stackTrace', { threadId: 1 })).stackFrames[0]!;
  const variables = async (reference: number | undefined, page = {}) =>
    (await adapter.ask<Variables>('variables', { variablesReference: reference, ...page }))
      .variables;

  /** Sets the first element of a tap of the layer that the debugger stands at. */
  async function plant(tap: string, value: string): Promise<void> {
    const { scopes } = await adapter.ask<Scopes>('scopes', { frameId: (await frame()).id });
    const scope = scopes.find(({ name }) => name === (tap === 'sum' ? 'Residual' : 'Output'));
    const tensor = (await variables(scope?.variablesReference)).find(({ name }) => name === tap);
    const [row] = await variables(tensor?.variablesReference, { filter: 'indexed', count: 1 });
    const { variablesReference } = row!;
    await adapter.ask('setVariable', { variablesReference, name: '[0]', value });
  }

  const evaluate = async (expression: string): Promise<number> => {
    type Evaluated = DebugProtocol.EvaluateResponse['body'];
    const { id: frameId } = await frame();
    return Number((await adapter.ask<Evaluated>('evaluate', { expression, frameId })).result);
  };

  it('changes what comes after it when the frame runs again', async () => {
    await adapter.move('stepIn');
    const untouched = await evaluate('first.out[0, 0]');
    const [before, loss] = [await evaluate('block.norm.out[0, 0]'), await evaluate('loss')];
    await plant('out', '25');
    assert.notEqual(before, 25);
    const { stackFrames } = await adapter.ask<Stack>('stackTrace', { threadId: 1 });
    const block = stackFrames.find(({ name }) => name === 'block (Residual)');
    await adapter.move('next');
    const after = await adapter.ask<Stack>('stackTrace', { threadId: 1 });
    const again = after.stackFrames.find(({ name }) => name === 'block (Residual)');
    assert.notEqual(again?.id, block?.id);
    await adapter.move('restartFrame', { frameId: again?.id });
    assert.equal((await frame()).name, 'norm (LayerNorm)');
    assert.equal(await evaluate('block.norm.out[0, 0]'), 25);
    assert.equal(await evaluate('block.branch.in[0, 0]'), 25);
    assert.equal(await evaluate('first.out[0, 0]'), untouched);
    assert.notEqual(await evaluate('loss'), loss);
  });

  layers.forEach(([layer, tap], index) => {
    it(`that is NaN at ${layer} stops there, before the step is taken`, async () => {
      for (let move = 0; move < index; move++) await adapter.move('stepIn');
      const planted = await frame();
      await plant(tap, 'NaN');
      const stop = await adapter.move('continue');
      const { reason } = stop.body as { readonly reason: string };
      assert.equal(reason, 'exception');
      const there = await frame();
      assert.deepEqual([there.name, there.line], [planted.name, planted.line]);
      const { exceptionId, description, details } = await adapter.ask<Exception>('exceptionInfo', {
        threadId: 1,
      });
      assert.equal(exceptionId, 'non-finite');
      const ranges = (details?.stackTrace ?? '').split('\n');
      const earlier = layers.slice(0, index).toReversed();
      const listed = ranges.slice(ranges.indexOf('Before it:') + 1).join('\n');
      let from = 0;
      for (const [before] of earlier) {
        const at = listed.indexOf(`${before}.out `, from);
        assert.ok(at >= from, `${before} is not in its place in\n${listed}`);
        from = at;
      }
      assert.match(description ?? '', new RegExp(`first non-finite value is ${layer}\\.${tap} `));
    });
  });
});

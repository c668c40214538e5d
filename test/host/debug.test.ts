import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { NormscopeApi } from '../../src/extension/main.ts';
import {
  activeSession,
  ask,
  configurationOf,
  patience,
  stack,
  untilAt,
  untilOver,
} from './debugSession.ts';
import {
  activate,
  closeEditors,
  endlessModel,
  openFile,
  setText,
  tinyModel,
  until,
  untilPhase,
} from './support.ts';

describe('debugger in the editor', function () {
  this.timeout(2 * patience);
  let api: NormscopeApi;

  before(async () => {
    api = await activate();
  });
  afterEach(async () => {
    await vscode.debug.stopDebugging();
    await untilOver();
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await closeEditors();
  });

  it('starts by F5 on a model file, steps, and stops with a checkpoint', async () => {
    const { document } = await openFile('debugged.model.yaml', tinyModel);
    const hints = async (): Promise<number> => {
      const whole = new vscode.Range(0, 0, document.lineCount, 0);
      const command = 'vscode.executeInlayHintProvider';
      const found = await vscode.commands.executeCommand<unknown[]>(command, document.uri, whole);
      return found.length;
    };
    assert.ok((await hints()) > 0);
    await vscode.commands.executeCommand('workbench.action.debug.start');
    const session = await activeSession();
    assert.equal(session.configuration['program'], document.uri.fsPath);
    await untilAt('0 (Linear)');
    assert.equal(api.runs.phase, 'ready');
    await until(() => vscode.debug.activeStackItem !== undefined, 'a frame is selected', patience);
    assert.equal(await hints(), 0, 'the values of the debugger have the ends of the lines');
    await vscode.commands.executeCommand('workbench.action.debug.stepInto');
    const names = await untilAt('norm (LayerNorm)');
    assert.deepEqual(names.slice(0, 4), [
      'norm (LayerNorm)',
      'block (Residual)',
      'forward',
      'step 0',
    ]);
    await vscode.debug.stopDebugging(session);
    await untilPhase(api, 'ended');
    await untilOver();
    assert.ok((await hints()) > 0);
  });

  it('stops at a breakpoint that was set in the editor', async () => {
    const { document } = await openFile('debugged.model.yaml', tinyModel);
    const line = tinyModel.split('\n').findIndex((text) => text.includes('norm: LayerNorm'));
    const location = new vscode.Location(document.uri, new vscode.Position(line, 0));
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(location, true, 'loss > 0')]);
    await vscode.debug.startDebugging(undefined, configurationOf(document, false));
    const names = await untilAt('norm (LayerNorm)');
    assert.equal(names.at(-2), 'step 0');
  });

  it('stops at function and data breakpoints of the editor', async () => {
    const { document } = await openFile('debugged.model.yaml', tinyModel);
    const ofFunction = new vscode.FunctionBreakpoint('backward:block.*', true, 'step == 1');
    vscode.debug.addBreakpoints([ofFunction]);
    await vscode.debug.startDebugging(undefined, configurationOf(document, true));
    await untilAt('0 (Linear)');
    const session = await activeSession();
    const dataId = '2.in.var';
    const answer = (await session.customRequest('setDataBreakpoints', {
      breakpoints: [{ dataId, condition: '> 0' }],
    })) as DebugProtocol.SetDataBreakpointsResponse['body'];
    assert.deepEqual(
      answer.breakpoints.map(({ verified, message }) => [verified, message]),
      [[true, undefined]],
    );
    await vscode.commands.executeCommand('workbench.action.debug.continue');
    assert.deepEqual((await untilAt('2 (LayerNorm)')).slice(1, 3), ['forward', 'step 0']);
    await session.customRequest('setDataBreakpoints', { breakpoints: [] });
    await vscode.commands.executeCommand('workbench.action.debug.continue');
    const names = await untilAt('1 (ReLU)');
    assert.deepEqual(names.slice(1, 4), ['block (Residual)', 'backward', 'step 1']);
  });

  it('completes expressions and reads the bytes of a tensor', async () => {
    const { document } = await openFile('debugged.model.yaml', tinyModel);
    await vscode.debug.startDebugging(undefined, configurationOf(document, true));
    await untilAt('0 (Linear)');
    const [frame] = await stack();
    const frameId = frame?.id;
    type Completions = DebugProtocol.CompletionsResponse['body'];
    const { targets } = await ask<Completions>('completions', {
      text: 'var(ou',
      column: 7,
      frameId,
    });
    assert.equal(targets[0]?.label, 'out');
    type Evaluated = DebugProtocol.EvaluateResponse['body'];
    const evaluated = await ask<Evaluated>('evaluate', { expression: 'out', frameId });
    const first = await ask<Evaluated>('evaluate', { expression: 'out[0, 3]', frameId });
    const { memoryReference } = evaluated;
    type Memory = NonNullable<DebugProtocol.ReadMemoryResponse['body']>;
    const memory = await ask<Memory>('readMemory', { memoryReference, offset: 12, count: 4 });
    const bytes = Buffer.from(memory.data ?? '', 'base64');
    assert.ok(Math.abs(bytes.readFloatLE(0) - Number(first.result)) < 1e-6);
  });

  it('tells of a model that is edited while its training stands still', async () => {
    const editor = await openFile('debugged.model.yaml', tinyModel);
    await vscode.debug.startDebugging(undefined, configurationOf(editor.document, true));
    await untilAt('0 (Linear)');
    const told = new Promise<string>((resolve) => {
      const listener = vscode.debug.onDidReceiveDebugSessionCustomEvent(({ event }) => {
        if (event !== 'normscope/modelEdited') return;
        listener.dispose();
        resolve(event);
      });
    });
    await setText(editor, `# edited\n${tinyModel}`);
    await told;
    // The old text is debugged on: its second layer is the norm.
    await vscode.commands.executeCommand('workbench.action.debug.stepInto');
    await untilAt('norm (LayerNorm)');
  });

  it('ends the session of an engine that is killed while it stands still, and can resume', async () => {
    const { document } = await openFile('debugged.model.yaml', tinyModel);
    await vscode.debug.startDebugging(undefined, configurationOf(document, true));
    await untilAt('0 (Linear)');
    const session = await activeSession();
    await session.customRequest('normscope/runToStep', { step: 5 });
    await until(() => api.runs.current?.status.step === 5, 'it stands before step 5');
    await untilAt('0 (Linear)');
    process.kill(api.runs.current!.connection.pid!, 'SIGKILL');
    await untilOver();
    await untilPhase(api, 'lost');
    const { directory } = api.runs.current!.info;
    await vscode.debug.startDebugging(undefined, {
      ...configurationOf(document, true),
      resume: directory,
    });
    const names = await untilAt('0 (Linear)');
    assert.match(names.at(-1) ?? '', new RegExp(path.basename(directory)));
  });

  it('gives the window to the second of two sessions', async () => {
    const { document } = await openFile('debugged.model.yaml', tinyModel);
    await vscode.debug.startDebugging(undefined, configurationOf(document, true));
    await untilAt('0 (Linear)');
    const first = await activeSession();
    const ended = new Promise((resolve) => {
      const listener = vscode.debug.onDidTerminateDebugSession((session) => {
        if (session.id !== first.id) return;
        listener.dispose();
        resolve(undefined);
      });
    });
    await vscode.debug.startDebugging(undefined, configurationOf(document, true));
    await ended;
    await untilAt('0 (Linear)');
    assert.notEqual((await activeSession()).id, first.id);
  });

  it('attaches to a training, and lets it go on when it leaves', async () => {
    const { document } = await openFile('endless.model.yaml', endlessModel);
    await vscode.commands.executeCommand('normscope.train', document.uri);
    await untilPhase(api, 'training');
    await vscode.debug.startDebugging(undefined, {
      type: 'normscope',
      name: 'test',
      request: 'attach',
      stopOnEntry: true,
    });
    await untilAt('0 (Linear)');
    const { step } = api.runs.current!.status;
    await vscode.commands.executeCommand('workbench.action.debug.disconnect');
    await untilPhase(api, 'training');
    await until(() => api.runs.current!.status.step > step, 'the training goes on');
    await vscode.commands.executeCommand('normscope.stop');
    await untilPhase(api, 'ended');
  });
});

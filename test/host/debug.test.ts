import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { NormscopeApi } from '../../src/extension/main.ts';
import {
  activate,
  closeEditors,
  endlessModel,
  openFile,
  tinyModel,
  until,
  untilPhase,
} from './support.ts';

const patience = 60_000;

async function activeSession(): Promise<vscode.DebugSession> {
  await until(() => vscode.debug.activeDebugSession !== undefined, 'a session begins', patience);
  return vscode.debug.activeDebugSession!;
}

/** Names of the frames once the session stands at `top`. */
async function untilAt(top: string): Promise<readonly string[]> {
  let names: readonly string[] = [];
  const end = Date.now() + patience;
  while (!names[0]?.startsWith(top)) {
    if (Date.now() > end)
      assert.fail(`waited in vain for ${top}; the stack is ${names.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    names = await framesOf(vscode.debug.activeDebugSession);
  }
  return names;
}

async function framesOf(session: vscode.DebugSession | undefined): Promise<readonly string[]> {
  try {
    const body = (await session?.customRequest('stackTrace', {
      threadId: 1,
    })) as DebugProtocol.StackTraceResponse['body'] | undefined;
    return body?.stackFrames.map(({ name }) => name) ?? [];
  } catch {
    // It trains.
    return [];
  }
}

async function untilOver(): Promise<void> {
  await until(() => vscode.debug.activeDebugSession === undefined, 'the session is over', patience);
}

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
    await vscode.commands.executeCommand('workbench.action.debug.start');
    const session = await activeSession();
    assert.equal(session.configuration['program'], document.uri.fsPath);
    await untilAt('0 (Linear)');
    assert.equal(api.runs.phase, 'ready');
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
  });

  it('stops at a breakpoint that was set in the editor', async () => {
    const { document } = await openFile('debugged.model.yaml', tinyModel);
    const line = tinyModel.split('\n').findIndex((text) => text.includes('norm: LayerNorm'));
    const location = new vscode.Location(document.uri, new vscode.Position(line, 0));
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(location, true, 'loss > 0')]);
    await vscode.debug.startDebugging(undefined, {
      type: 'normscope',
      name: 'test',
      request: 'launch',
      program: document.uri.fsPath,
    });
    const names = await untilAt('norm (LayerNorm)');
    assert.equal(names.at(-2), 'step 0');
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

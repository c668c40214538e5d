import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { NonFiniteReport } from '../../src/engine/train/nonFinite.ts';
import type { NormscopeApi } from '../../src/extension/main.ts';
import {
  ask,
  configurationOf,
  patience,
  setElement,
  stack,
  untilAt,
  untilOver,
  walkTo,
} from './debugSession.ts';
import { activate, closeEditors, openFile, tinyModel, until } from './support.ts';

type Exception = NonNullable<DebugProtocol.ExceptionInfoResponse['body']>;

const lines = tinyModel.split('\n');

function lineOf(text: string): number {
  return lines.findIndex((line) => line.includes(text)) + 1;
}

const first = lineOf('- Linear: 8');
const body = lineOf('body:');
const head = lineOf('- Linear: classes');

/** Where a NaN is planted, and what must be named for it. */
const places = [
  { at: '0', line: first, scope: 'Output', tap: 'out', named: '0.out' },
  {
    at: 'block.norm',
    line: lineOf('norm: LayerNorm'),
    scope: 'Output',
    tap: 'out',
    named: 'block.norm.out',
  },
  { at: 'block.0', line: body, scope: 'Output', tap: 'out', named: 'block.0.out' },
  { at: 'block.1', line: body, scope: 'Output', tap: 'out', named: 'block.1.out' },
  { at: '2', line: lineOf('- LayerNorm'), scope: 'Output', tap: 'out', named: '2.out' },
  { at: '3', line: head, scope: 'Output', tap: 'out', named: '3.out' },
] as const;

describe('a number that is none, in the editor', function () {
  this.timeout(2 * patience);
  let api: NormscopeApi;

  before(async () => {
    api = await activate();
  });
  beforeEach(async () => {
    const { document } = await openFile('planted.model.yaml', tinyModel);
    await vscode.debug.startDebugging(undefined, configurationOf(document, true));
    await untilAt('0 (Linear)');
    await ask('setExceptionBreakpoints', { filters: ['non-finite'] });
  });
  afterEach(async () => {
    await vscode.debug.stopDebugging();
    await untilOver();
    await closeEditors();
  });

  /** Goes on until the debugger stands at the anomaly; what the exception view says, and the report that was saved. */
  async function found(): Promise<{ exception: Exception; report: NonFiniteReport }> {
    await vscode.commands.executeCommand('workbench.action.debug.continue');
    const file = path.join(api.runs.current!.info.directory, 'non-finite.json');
    let exception: Exception | undefined;
    const look = (): void => {
      void ask<Exception>('exceptionInfo', { threadId: 1 }).then(
        (answer) => (exception = answer),
        () => undefined,
      );
    };
    await until(() => (look(), exception !== undefined), 'it stands at the anomaly', patience);
    return {
      exception: exception!,
      report: JSON.parse(readFileSync(file, 'utf8')) as NonFiniteReport,
    };
  }

  for (const { at, line, scope, tap, named } of places) {
    it(`planted at ${at} is named with its line, before the step is taken`, async () => {
      await walkTo(at);
      const [planted] = await stack();
      await setElement(scope, tap, [5, 1], 'NaN');
      const { exception, report } = await found();
      const [there] = await stack();
      assert.deepEqual([there?.name, there?.line], [planted?.name, line]);
      assert.equal(exception.exceptionId, 'non-finite');
      const { description = '' } = exception;
      assert.ok(description.includes(`${named} `), description);
      assert.ok(description.includes(`line ${line}`), description);
      assert.deepEqual([report.step, report.first?.tap, report.first?.line], [0, named, line]);
      assert.equal(report.message, description);
      assert.equal(api.runs.current?.status.step, 0);
    });
  }

  it('that the loss makes of finite numbers is named there', async () => {
    await walkTo('3');
    // The first sample is of class 0: this is as wrong as float32 can say, twice over.
    await setElement('Output', 'out', [0, 0], '-3e38');
    await setElement('Output', 'out', [0, 1], '3e38');
    const { exception, report } = await found();
    const frames = (await stack()).map(({ name }) => name);
    assert.deepEqual(frames.slice(0, 3), ['loss (CrossEntropyLoss)', 'loss', 'step 0']);
    assert.ok(exception.description?.includes('loss.out '), exception.description);
    assert.equal(report.first?.tap, 'loss.out');
  });

  it('that only the backward pass makes is named there', async () => {
    // An input of 3e38 that the first layer weighs with 0 changes nothing; the gradient of this weight is the input times more than 1.
    await walkTo('0');
    for (let unit = 0; unit < 8; unit++)
      await setElement('Parameters', 'param:weight', [unit, 0], '0');
    for (let row = 0; row < 16; row++) await setElement('Input', 'in', [row, 0], '3e38');
    await walkTo('3');
    await setElement('Parameters', 'param:weight', [0, 0], '10000');
    const { exception, report } = await found();
    const frames = (await stack()).map(({ name }) => name);
    assert.deepEqual(frames.slice(0, 3), ['0 (Linear)', 'backward', 'step 0']);
    assert.equal(exception.exceptionId, 'non-finite');
    assert.deepEqual([report.first?.path, report.first?.line], ['0', first]);
    assert.match(report.first?.tap ?? '', /^0\.grad:/);
  });
});

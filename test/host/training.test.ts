import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { NormscopeApi } from '../../src/extension/main.ts';
import type { Run } from '../../src/extension/run.ts';
import {
  activate,
  closeEditors,
  endlessModel,
  extensionPath,
  isAlive,
  longestBlock,
  openFile,
  runsFolder,
  setText,
  tinyModel,
  until,
  untilPhase,
  writeFile,
} from './support.ts';

function command(name: string): Thenable<unknown> {
  return vscode.commands.executeCommand(`normscope.${name}`);
}

/** The run of the window, under way or over. */
function runOf(api: NormscopeApi): Run {
  const { current } = api.runs;
  assert.ok(current, 'there is a run');
  return current;
}

/** The process id of the engine of the run under way. */
function engineOf(api: NormscopeApi): number {
  const pid = api.runs.current?.enginePid;
  assert.ok(pid !== undefined, 'there is an engine');
  return pid;
}

async function untilGone(pid: number): Promise<void> {
  await until(() => !isAlive(pid), `engine ${pid} is gone`);
}

function lossesOf(api: NormscopeApi): readonly number[] {
  return api.runs.current?.record.series.scalar('loss') ?? [];
}

describe('training in the editor', () => {
  let api: NormscopeApi;

  before(async () => {
    api = await activate();
  });

  afterEach(async () => {
    const pid = api.runs.current?.enginePid;
    if (api.runs.current?.isOpen) await api.runs.current.stop();
    if (pid !== undefined) await untilGone(pid);
    await closeEditors();
  });

  it('trains to the end, keeps the history, and ends its engine', async () => {
    const editor = await openFile('whole.model.yaml', tinyModel);
    await command('train');
    const pid = engineOf(api);
    await untilPhase(api, 'ended');
    const { current } = api.runs;
    assert.equal(current?.status.step, 60);
    const losses = lossesOf(api);
    assert.equal(losses.length, 60);
    assert.ok(losses.at(-1)! < 0.5 * losses[0]!, 'the loss falls');
    assert.deepEqual(
      current.record.validations.map(({ step }) => step),
      [20, 40, 60],
    );
    const view = current.view();
    assert.equal(view.end?.steps, 60);
    assert.deepEqual(
      view.info.norms.map((norm) => norm.path),
      ['block.norm', '2'],
    );
    await untilGone(pid);
    const [id] = readdirSync(runsFolder(editor.document.uri)).filter((name) =>
      name.includes('tiny'),
    );
    assert.ok(id !== undefined && existsSync(path.join(current.info.directory, 'manifest.json')));
  });

  it('gives the numbers of the command line', async () => {
    const { document } = await openFile('same.model.yaml', tinyModel);
    await command('train');
    await untilPhase(api, 'ended');
    const cli = path.join(extensionPath(), 'dist/cli.cjs');
    const output = execFileSync(process.execPath, [cli, 'train', document.fileName, '--json'], {
      encoding: 'utf8',
    });
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const losses = lines.filter(({ event }) => event === 'step').map(({ loss }) => loss);
    assert.deepEqual(lossesOf(api), losses);
    const end = lines.find(({ event }) => event === 'end');
    assert.equal(runOf(api).end?.parametersHash, end?.['parametersHash']);
  });

  it('trains what stands in the editor, saved or not', async () => {
    const editor = await openFile('unsaved.model.yaml', tinyModel);
    await setText(editor, tinyModel.replace('steps: 60', 'steps: 7'));
    assert.equal(editor.document.isDirty, true);
    await command('train');
    await untilPhase(api, 'ended');
    assert.equal(api.runs.current?.status.step, 7);
  });

  it('steps, goes on, pauses and stops', async () => {
    await openFile('steps.model.yaml', endlessModel);
    await command('step');
    await untilPhase(api, 'paused');
    assert.equal(api.runs.current?.status.step, 1);
    await command('step');
    await until(() => api.runs.current?.status.step === 2, 'two steps are taken');
    await untilPhase(api, 'paused');
    const run = api.runs.current;
    await command('train');
    await until(() => lossesOf(api).length > 20, 'it trains on');
    await command('pause');
    assert.equal(api.runs.phase, 'paused');
    const { step } = api.runs.current.status;
    await delay(200);
    assert.equal(run.status.step, step, 'a paused run stays where it is');
    const pid = engineOf(api);
    await command('stop');
    assert.equal(api.runs.phase, 'ended');
    assert.equal(api.runs.current, run, 'all of it was one run');
    await untilGone(pid);
  });

  it('does not train a broken model', async () => {
    await openFile('broken.model.yaml', endlessModel.replace('ReLU', 'RELU'));
    const before = api.runs.current;
    // The message with the remedy stays until somebody answers it.
    void command('train');
    await until(
      () => vscode.languages.getDiagnostics().some(([, list]) => list.length > 0),
      'the problem is known',
    );
    await delay(500);
    assert.equal(api.runs.current, before);
    assert.notEqual(api.runs.phase, 'opening');
  });

  it('trains one model at a time', async () => {
    await openFile('first.model.yaml', endlessModel);
    await command('train');
    const run = api.runs.current;
    const pid = engineOf(api);
    await openFile('second.model.yaml', tinyModel);
    void command('train');
    void command('train');
    await delay(500);
    assert.equal(api.runs.current, run);
    assert.equal(engineOf(api), pid);
    assert.equal(api.runs.phase, 'training');
  });

  it('survives two Trains at once', async () => {
    await openFile('twice.model.yaml', endlessModel);
    const both = [command('train'), command('train')];
    await untilPhase(api, 'training');
    await Promise.race(both);
    assert.ok(api.runs.current?.isOpen);
  });

  it('loses nothing when its engine is killed, and resumes from the last checkpoint', async () => {
    const steps = 400;
    const model = endlessModel.replace(
      'steps: 10000000',
      `steps: ${steps}\n  checkpoint_every: 50`,
    );
    await openFile('unbroken.model.yaml', model);
    await command('train');
    await untilPhase(api, 'ended');
    const hash = api.runs.current?.view().end?.parametersHash;
    const unbroken = lossesOf(api);

    await openFile('killed.model.yaml', model);
    await vscode.commands.executeCommand('normscope.step');
    await untilPhase(api, 'paused');
    void command('train');
    await until(() => (api.runs.current?.status.step ?? 0) > 60, 'there is a checkpoint');
    process.kill(engineOf(api), 'SIGKILL');
    await untilPhase(api, 'lost');
    const killed = api.runs.current;
    const from = killed?.resumableStep;
    assert.ok(from !== undefined && from >= 50, `resumable from ${from}`);
    assert.match(killed?.status.error?.message ?? '', /SIGKILL.*resumed from its last checkpoint/);
    assert.equal(killed?.view().resumable?.step, from);

    await command('resume');
    await untilPhase(api, 'ended');
    const resumed = runOf(api);
    assert.notEqual(resumed, killed);
    assert.equal(resumed.info.id, killed.info.id, 'the same run goes on');
    assert.equal(resumed.info.step, from);
    assert.deepEqual(lossesOf(api), unbroken, 'as if nothing had happened');
    assert.equal(resumed.view().end?.parametersHash, hash);
  });

  it('pauses when the disk is full, says so, and goes on when there is room', async () => {
    await openFile('full.model.yaml', endlessModel.replace('validate_every', 'checkpoint_every'));
    await command('train');
    await until(() => lossesOf(api).length > 20, 'it trains');
    const run = runOf(api);
    // A file that may not grow is the nearest thing to a full disk that needs no rights.
    const limit = (bytes: string) =>
      execFileSync('prlimit', ['--pid', String(engineOf(api)), `--fsize=${bytes}:unlimited`]);
    limit('1000');
    await untilPhase(api, 'paused');
    assert.equal(run.status.error?.code, 'disk-full');
    assert.match(run.status.error.message, /could not be written to/);
    const { step } = run.status;
    limit('unlimited');
    await command('train');
    await until(() => run.status.step > step + 20, 'it trains on');
    assert.equal(api.runs.current, run);
    assert.equal(run.status.error, undefined);
  });

  it('keeps a run whose data has vanished, and goes on when it is back', async () => {
    const words = 'to be or not to be that is the question '.repeat(40);
    const book = await writeFile('book.txt', words);
    const model = endlessModel
      .replace('  - Linear: 8\n', '  - Embedding: 8\n')
      .replace('Linear: classes', 'Linear: vocabulary')
      .replace(/data: .*/, 'data: { text: book.txt, context: 8 }')
      .replace('validate_every', 'checkpoint_every');
    await openFile('book.model.yaml', model);
    await command('train');
    await until(() => (api.runs.current?.status.step ?? 0) > 60, 'there is a checkpoint');
    await vscode.workspace.fs.delete(book);
    process.kill(engineOf(api), 'SIGKILL');
    await untilPhase(api, 'lost');
    const lost = runOf(api);
    // The message stays until somebody answers it.
    void command('resume');
    await until(
      () => api.runs.phase !== 'opening' && api.runs.phase !== 'training',
      'it is refused',
    );
    await delay(1000);
    assert.equal(api.runs.current, lost);
    await writeFile('book.txt', words);
    await vscode.commands.executeCommand('notifications.clearAll');
    await command('resume');
    await untilPhase(api, 'training');
    assert.equal(runOf(api).info.id, lost.info.id);
    assert.ok(runOf(api).info.step >= 60);
  });

  it('does not hold up the editor while it trains at full speed', async () => {
    await openFile('speed.model.yaml', endlessModel);
    await command('openPanel');
    await command('train');
    await until(() => lossesOf(api).length > 20, 'it trains');
    const longest = await longestBlock(5000);
    assert.ok(longest < 50, `the event loop was blocked for ${longest.toFixed(0)} ms`);
  });
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { LayerNode } from '../../src/extension/layersView.ts';
import type { NormscopeApi } from '../../src/extension/main.ts';
import type { RunNode, RunTreeNode } from '../../src/extension/runItems.ts';
import {
  activate,
  closeEditors,
  openFile,
  runsFolder,
  setText,
  tinyModel,
  until,
  untilPhase,
} from './support.ts';

function command(name: string, ...values: readonly unknown[]): Thenable<unknown> {
  return vscode.commands.executeCommand(`normscope.${name}`, ...values);
}

/** The tests answer for the person: what the editor asks while `action` runs gets `answer`. */
async function answering<T>(
  question: 'showInputBox' | 'showWarningMessage',
  answer: string,
  action: () => Thenable<T>,
): Promise<readonly unknown[]> {
  const asked: unknown[] = [];
  const original = vscode.window[question];
  Object.assign(vscode.window, {
    [question]: (text: unknown) => {
      asked.push(text);
      return Promise.resolve(answer);
    },
  });
  try {
    await action();
  } finally {
    Object.assign(vscode.window, { [question]: original });
  }
  return asked;
}

describe('the tree of runs', () => {
  let api: NormscopeApi;

  before(async () => {
    api = await activate();
    await vscode.commands.executeCommand('normscope.runs.focus');
  });

  afterEach(async () => {
    if (api.runs.current?.isOpen) await api.runs.current.stop();
    await closeEditors();
  });

  async function runsOf(model: vscode.Uri): Promise<readonly RunNode[]> {
    const groups = await api.trees.runs.getChildren();
    const group = groups.find((node) => node.kind === 'model' && node.modelPath === model.fsPath);
    const rows = group === undefined ? [] : await api.trees.runs.getChildren(group);
    return rows.filter((node) => node.kind === 'run');
  }

  function textOf(node: RunTreeNode): string {
    const { label, description } = api.trees.runs.getTreeItem(node);
    return `${typeof label === 'string' ? label : ''} | ${String(description)}`;
  }

  /** Trains a new model to the end. */
  async function train(name: string, text = tinyModel): Promise<vscode.Uri> {
    const editor = await openFile(`${name}.model.yaml`, text);
    await command('train');
    await untilPhase(api, 'ended');
    return editor.document.uri;
  }

  it('lists a run under its model with state, steps, loss and checkpoints', async () => {
    const model = await train('listed');
    const [run, ...others] = await runsOf(model);
    assert.ok(run);
    assert.equal(others.length, 0);
    assert.match(textOf(run), /finished · 60 steps · loss 0\.\d+ · validation 0\.\d+ · \d+ s$/);
    const checkpoints = await api.trees.runs.getChildren(run);
    assert.match(textOf(checkpoints[0]!), /^step 60 \| checkpoint$/);
    assert.match(String(api.trees.runs.getTreeItem(run).contextValue), /^run finished$/);
  });

  it('is told by the file system when a run comes and goes, here or by another program', async () => {
    const model = await train('watched');
    let changes = 0;
    const subscription = api.trees.runs.onDidChangeTreeData(() => (changes += 1));
    try {
      const [run] = await runsOf(model);
      await new Promise((resolve) => setTimeout(resolve, 2500));
      changes = 0;
      rmSync(run!.run.directory, { recursive: true });
      await until(() => changes > 0, 'the tree hears that a run was deleted');
      assert.deepEqual(await runsOf(model), []);
      // What is asked of a run that has just gone answers, and leaves everything as it is.
      api.trees.runs.getTreeItem(run!);
      await command('showRun', run);
      assert.equal(existsSync(run!.run.directory), false);
    } finally {
      subscription.dispose();
    }
  });

  it('lists a run with a corrupt manifest as damaged, and the others as ever', async () => {
    const model = await train('corrupt');
    const damaged = path.join(runsFolder(model), '20200101-000000-damaged');
    mkdirSync(damaged);
    writeFileSync(path.join(damaged, 'manifest.json'), '{"format": 1, "steps": "many"');
    assert.equal((await runsOf(model)).length, 1);
    const groups = await api.trees.runs.getChildren();
    const last = groups.at(-1);
    assert.match(textOf(last), /^Damaged runs \| \d+$/);
    const rows = await api.trees.runs.getChildren(last);
    const row = rows.find((node) => node.kind === 'run' && node.run.directory === damaged);
    assert.ok(row);
    const item = api.trees.runs.getTreeItem(row);
    assert.equal(item.description, 'damaged');
    assert.ok(typeof item.tooltip === 'string');
    assert.match(item.tooltip, /manifest\.json cannot be read/);
    await answering('showWarningMessage', 'Delete', () => command('deleteRun', row));
    assert.equal(existsSync(damaged), false);
  });

  it('says of a run with corrupt statistics so, and what can still be done', async () => {
    const model = await train('torn');
    const [run] = await runsOf(model);
    writeFileSync(path.join(run!.run.directory, 'statistics.bin'), 'not statistics');
    const [torn] = await runsOf(model);
    assert.match(textOf(torn!), / · statistics damaged$/);
    const { tooltip } = api.trees.runs.getTreeItem(torn!);
    assert.ok(typeof tooltip === 'string');
    assert.match(tooltip, /checkpoints can still be resumed/);
  });

  it('renames a run, and deletes it only when the person says so', async () => {
    const model = await train('named');
    const [run] = await runsOf(model);
    await answering('showInputBox', 'a wide one', () => command('renameRun', run));
    const [renamed] = await runsOf(model);
    assert.match(textOf(renamed!), /^a wide one \| finished/);
    const asked = await answering('showWarningMessage', '', () => command('deleteRun', renamed));
    assert.deepEqual(asked, ['Delete the run a wide one?']);
    assert.equal((await runsOf(model)).length, 1);
    await answering('showWarningMessage', 'Delete', () => command('deleteRun', renamed));
    assert.deepEqual(await runsOf(model), []);
    assert.equal(existsSync(run!.run.directory), false);
  });

  it('shows an older run in the panel, and goes on with a stopped one from its checkpoint', async () => {
    const editor = await openFile('resumed.model.yaml', tinyModel);
    const model = editor.document.uri;
    await vscode.commands.executeCommand('normscope.step');
    await until(() => api.runs.current?.status.step === 1, 'a step is taken');
    const { directory } = api.runs.current!.info;
    await until(() => api.runs.phase === 'paused', 'the run is paused');
    await command('stop');
    await untilPhase(api, 'ended');
    await train('resumed');
    const stopped = (await runsOf(model)).find(({ run }) => run.directory === directory);
    assert.ok(stopped);
    assert.match(textOf(stopped), /stopped · step 1 of 60/);
    await command('showRun', stopped);
    assert.equal(api.panels.shownRun()?.info.directory, directory);
    assert.equal(api.panels.shownRun()?.record.series.lastStep, 0);
    assert.deepEqual(
      api.panels.shownRun()?.info.norms.map(({ path: norm, type }) => `${norm} ${type}`),
      ['block.norm LayerNorm', '2 LayerNorm'],
    );
    await command('resumeRun', stopped);
    await until(() => api.runs.current?.info.directory === directory, 'the old run is open');
    await untilPhase(api, 'ended');
    assert.equal(api.runs.current?.status.step, 60);
    assert.equal(api.runs.current.record.series.lastStep, 59);
    assert.equal(readFileSync(path.join(directory, 'manifest.json'), 'utf8').length > 0, true);
  });
});

describe('the tree of layers', () => {
  let api: NormscopeApi;

  before(async () => {
    api = await activate();
    await vscode.commands.executeCommand('normscope.layers.focus');
  });
  afterEach(closeEditors);

  function rows(parent?: LayerNode): readonly string[] {
    const { layers } = api.trees;
    return layers.getChildren(parent).map((node) => {
      const { label, description } = layers.getTreeItem(node);
      return `${typeof label === 'string' ? label : ''} | ${String(description)}`;
    });
  }

  it('is the active model, also while its text is broken', async () => {
    const editor = await openFile('layers.model.yaml', tinyModel);
    await until(() => rows().length === 6, 'the model is drawn');
    assert.deepEqual(rows(), [
      'input | Input · [2]',
      '0 | Linear · [8] · 24 parameters',
      'block | pre-norm · [8] · 88 parameters',
      '2 | LayerNorm · [8] · 16 parameters',
      '3 | Linear · [3] · 27 parameters',
      'loss | CrossEntropyLoss',
    ]);
    const block = api.trees.layers.getChildren()[2]!;
    assert.deepEqual(
      rows(block).map((row) => row.split(' | ')[0]),
      ['norm', '0', '1'],
    );
    await setText(editor, tinyModel.replace('Linear: 8', 'Linear: [[['));
    await until(() => api.models.get(editor.document.uri)?.view.stale === true, 'a mistake');
    assert.equal(rows().length, 6);
  });

  it('is linked with the text in both directions', async () => {
    const editor = await openFile('linked.model.yaml', tinyModel);
    await until(() => rows().length === 6, 'the model is drawn');
    const line = tinyModel.split('\n').findIndex((text) => text.includes('- LayerNorm'));
    editor.selection = new vscode.Selection(line, 4, line, 4);
    await until(() => api.trees.layers.selected === '2', 'the row is selected');
    await command('revealLayer', 'block');
    const at = tinyModel.split('\n').findIndex((text) => text.includes('- Residual'));
    await until(() => editor.selection.active.line === at, 'the cursor is at the block');
    await until(() => api.trees.layers.selected === 'block', 'the row of the block is selected');
  });
});

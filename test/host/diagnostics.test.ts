import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { fromJson } from '../../src/base/json.ts';
import {
  activate,
  closeEditors,
  longestBlock,
  openFile,
  setText,
  tinyModel,
  until,
} from './support.ts';

function problemsOf(uri: vscode.Uri): readonly vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Normscope');
}

describe('diagnostics of model files', () => {
  afterEach(closeEditors);

  it('are of the language of model files', async () => {
    const editor = await openFile('language.model.yaml', tinyModel);
    assert.equal(editor.document.languageId, 'normscope-model');
  });

  it('underline a mistake, name its code and the remedy, and go when it is corrected', async () => {
    await activate();
    const broken = tinyModel.replace('  - LayerNorm\n', '  - LayerNrom\n');
    const editor = await openFile('broken.model.yaml', broken);
    const { uri } = editor.document;
    await until(() => problemsOf(uri).length > 0, 'there is a problem');
    const [problem] = problemsOf(uri);
    assert.equal(problem?.code, 'unknown-layer');
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Error);
    assert.match(problem.message, /LayerNrom.*LayerNorm/);
    assert.equal(editor.document.getText(problem.range), 'LayerNrom');
    await setText(editor, tinyModel);
    await until(() => problemsOf(uri).length === 0, 'the problem is gone');
  });

  it('name data that is missing at its place in the file', async () => {
    const text = tinyModel
      .replace('Linear: 8\n', 'Embedding: 8\n')
      .replace('classes\n', 'vocabulary\n')
      .replace(/data: .*/, 'data: { text: nowhere.txt, context: 8 }');
    const editor = await openFile('missing.model.yaml', text);
    const { uri } = editor.document;
    await until(() => problemsOf(uri).length > 0, 'there is a problem');
    const found = problemsOf(uri).map(({ code, range }) => [code, range.start.line]);
    assert.deepEqual(found, [['data-missing', 11]]);
  });

  it('leave a picture of what is right while the text is broken, and the last good one where nothing is', async () => {
    const api = await activate();
    const editor = await openFile('stale.model.yaml', tinyModel);
    const { uri } = editor.document;
    const good = await api.models.checked(uri);
    assert.equal(good.view.stale, false);
    assert.equal(good.view.lastGood, false);
    await setText(editor, tinyModel.replace('  - LayerNorm\n', '  - LayerN\n'));
    const broken = await api.models.checked(uri);
    assert.equal(broken.view.stale, true);
    assert.equal(broken.view.lastGood, false);
    const layers = fromJson(broken.view.topology).items.map(({ path, outputShape }) => [
      path,
      outputShape,
    ]);
    assert.deepEqual(layers, [
      ['input', [2]],
      ['0', [8]],
      ['block', [8]],
      ['2', undefined],
      ['3', [3]],
      ['loss', []],
    ]);
    assert.equal(broken.view.problems.length, 1);
    await setText(editor, tinyModel.replace('  - Linear: 8\n', '  - Linear: x\n'));
    const lost = await api.models.checked(uri);
    assert.equal(lost.view.lastGood, true);
    assert.deepEqual(lost.view.topology, good.view.topology);
  });

  it('do not hold up the editor, however large the file', async () => {
    const api = await activate();
    const layers = '  - Linear: 8\n  - ReLU\n'.repeat(5000);
    const large = tinyModel.replace('  - LayerNorm\n', layers);
    const editor = await openFile('large.model.yaml', '');
    const blocks: number[] = [];
    // The first time compiles what it runs.
    for (const text of [large, `${large}# again\n`]) {
      await setText(editor, text);
      const checked = api.models.checked(editor.document.uri);
      blocks.push(await longestBlock(checked));
      assert.deepEqual((await checked).errors, []);
    }
    const longest = Math.min(...blocks);
    // The file is read elsewhere, and of what is found there mostly text crosses: reading either here would take several times as long.
    assert.ok(longest < 100, `the event loop was blocked for ${longest.toFixed(0)} ms`);
  });

  it('offer Train and Step above the model', async () => {
    const editor = await openFile('lenses.model.yaml', tinyModel);
    const { uri } = editor.document;
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      uri,
    );
    for (const name of ['normscope.train', 'normscope.step']) {
      const lens = lenses.find(({ command }) => command?.command === name);
      assert.equal(lens?.range.start.line, 0, name);
    }
  });
});

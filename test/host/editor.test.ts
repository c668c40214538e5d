import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { layerDefinitions } from '../../src/language/layers/registry.ts';
import { activate, closeEditors, openFile, tinyModel, until } from './support.ts';

/** The position after the first `text` of a document. */
function after(document: vscode.TextDocument, text: string): vscode.Position {
  const at = document.getText().indexOf(text);
  assert.ok(at >= 0, text);
  return document.positionAt(at + text.length);
}

function ask<T>(command: string, ...parameters: readonly unknown[]): Thenable<T> {
  return vscode.commands.executeCommand<T>(`vscode.${command}`, ...parameters);
}

async function open(name: string, text: string): Promise<vscode.TextDocument> {
  await activate();
  return (await openFile(`${name}.model.yaml`, text)).document;
}

const named = `let: { width: 8 }
layers:
  - Linear: { out_features: width, name: first }
  - GELU
  - Linear: { out_features: 2 * width, from: first }
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 3 } }
`;

describe('the editor of model files', () => {
  afterEach(closeEditors);

  it('completes every layer, with documentation, on a half-typed line', async () => {
    const text = tinyModel.replace('  - LayerNorm\n', '  - L\n');
    const document = await open('complete', text);
    const { items } = await ask<vscode.CompletionList>(
      'executeCompletionItemProvider',
      document.uri,
      after(document, '  - L\n').translate(-1, 5),
      undefined,
      100,
    );
    const labels = items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    for (const { type } of layerDefinitions) assert.ok(labels.includes(type), type);
    const norm = items[labels.indexOf('LayerNorm')];
    assert.ok(norm?.documentation instanceof vscode.MarkdownString);
    assert.match(norm.documentation.value, /eps/);
  });

  it('tells what is under the pointer', async () => {
    const document = await open('hover', named);
    const [found] = await ask<vscode.Hover[]>(
      'executeHoverProvider',
      document.uri,
      after(document, '- Lin'),
    );
    const [content] = found?.contents ?? [];
    assert.ok(content instanceof vscode.MarkdownString);
    assert.match(content.value, /output `\[8\]` · 24 parameters/);
  });

  it('lists sections and layers, and shows shapes and parameters', async () => {
    const document = await open('symbols', named);
    const { uri } = document;
    const symbols = await ask<vscode.DocumentSymbol[]>('executeDocumentSymbolProvider', uri);
    assert.deepEqual(
      symbols.map(({ name }) => name),
      ['let', 'layers', 'train'],
    );
    const layers = symbols.find(({ name }) => name === 'layers')?.children ?? [];
    assert.deepEqual(
      layers.map(({ name }) => name),
      ['first', 'GELU', 'Linear', 'Linear'],
    );
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    const hints = await ask<vscode.InlayHint[]>('executeInlayHintProvider', uri, whole);
    assert.deepEqual(
      hints.map(({ position, label }) => [position.line, label]),
      [
        [2, '[8] · 24 parameters'],
        [3, '[8]'],
        [4, '[16] · 144 parameters'],
        [5, '[3] · 51 parameters'],
      ],
    );
  });

  it('goes to definitions, finds references and renames', async () => {
    const document = await open('names', named);
    const { uri } = document;
    const use = after(document, 'from: fi');
    const [place] = await ask<vscode.Location[]>('executeDefinitionProvider', uri, use);
    assert.equal(place?.range.start.line, 2);
    const width = after(document, '{ wi');
    const places = await ask<vscode.Location[]>('executeReferenceProvider', uri, width);
    assert.equal(places.length, 3);
    const edit = await ask<vscode.WorkspaceEdit>('executeDocumentRenameProvider', uri, use, 'stem');
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.equal(document.getText(), named.replaceAll('first', 'stem'));
  });

  it('puts a misspelt layer right', async () => {
    const document = await open('fix', tinyModel.replace('  - LayerNorm\n', '  - LayerNrom\n'));
    const { uri } = document;
    await until(() => vscode.languages.getDiagnostics(uri).length > 0, 'there is a problem');
    const at = after(document, '  - LayerN');
    const actions = await ask<vscode.CodeAction[]>(
      'executeCodeActionProvider',
      uri,
      new vscode.Range(at, at),
      vscode.CodeActionKind.QuickFix.value,
    );
    const fix = actions.find(({ title }) => title === "Change to 'LayerNorm'");
    assert.ok(fix?.edit, 'the fix is offered');
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.equal(document.getText(), tinyModel);
    await until(() => vscode.languages.getDiagnostics(uri).length === 0, 'the problem is gone');
  });
});

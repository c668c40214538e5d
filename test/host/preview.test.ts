import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activate, closeEditors } from './support.ts';

/** What is shown at the first `text` of an example in the open folder. */
async function hoversAt(file: string, text: string): Promise<readonly string[]> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  const uri = vscode.Uri.joinPath(folder.uri, file);
  const document = await vscode.workspace.openTextDocument(uri);
  const at = document.getText().indexOf(text);
  assert.ok(at >= 0, text);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    uri,
    document.positionAt(at),
  );
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (content instanceof vscode.MarkdownString ? content.value : ''));
}

describe('the preview of data', () => {
  before(activate);
  afterEach(closeEditors);

  it('shows the first digits with their classes at data, idx and mnist', async () => {
    for (const place of ['data: { idx', 'idx: mnist', 'mnist, samples']) {
      const shown = (await hoversAt('resnet-mnist.model.yaml', place)).join('\n');
      assert.equal(shown.split('data:image/png;base64,').length - 1, 6, place);
      assert.match(shown, /\n\| \d \| \d \| \d \| \d \| \d \| \d \|$/m);
    }
  });

  it('is not shown elsewhere', async () => {
    const shown = await hoversAt('resnet-mnist.model.yaml', 'samples: 10000');
    assert.ok(!shown.join('').includes('data:image'));
  });
});

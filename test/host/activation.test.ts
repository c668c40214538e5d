import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('extension in its host', () => {
  it('activates', async () => {
    const extension = vscode.extensions.getExtension('normscope.normscope');
    assert.ok(extension, 'VS Code does not know normscope.normscope');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('offers its commands', async () => {
    const known = await vscode.commands.getCommands(true);
    const { contributes } = vscode.extensions.getExtension('normscope.normscope')?.packageJSON as {
      contributes: { commands: readonly { command: string }[] };
    };
    assert.ok(contributes.commands.length > 0);
    for (const { command } of contributes.commands) assert.ok(known.includes(command), command);
  });

  it('runs beside the workspace, not in the browser', () => {
    const extension = vscode.extensions.getExtension('normscope.normscope');
    assert.equal(extension?.extensionKind, vscode.ExtensionKind.Workspace);
  });
});

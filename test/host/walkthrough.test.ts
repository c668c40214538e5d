import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { activate, closeEditors, extensionPath, openFile, tinyModel, until } from './support.ts';

interface Manifest {
  readonly contributes: {
    readonly walkthroughs: readonly {
      readonly id: string;
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly svg: string; readonly altText: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
  };
}

/** What the editor asks while `action` runs is answered as a person would. */
async function answering(
  answers: {
    readonly pick?: (item: vscode.QuickPickItem) => boolean;
    readonly input?: string;
    readonly asked?: (items: readonly vscode.QuickPickItem[]) => void;
  },
  action: () => Thenable<unknown>,
): Promise<void> {
  const { showQuickPick, showInputBox } = vscode.window;
  Object.assign(vscode.window, {
    showQuickPick: (items: readonly vscode.QuickPickItem[]) => {
      answers.asked?.(items);
      return Promise.resolve(items.find((item) => answers.pick?.(item)));
    },
    showInputBox: () => Promise.resolve(answers.input),
  });
  try {
    await action();
  } finally {
    Object.assign(vscode.window, { showQuickPick, showInputBox });
  }
}

describe('the walkthrough', () => {
  before(activate);
  afterEach(closeEditors);

  it('has five steps whose pictures follow the theme and whose links are commands', async () => {
    const extension = vscode.extensions.getExtension('normscope.normscope');
    const { contributes } = extension?.packageJSON as Manifest;
    const known = new Set(await vscode.commands.getCommands(true));
    const [walkthrough] = contributes.walkthroughs;
    assert.equal(walkthrough?.steps.length, 5);
    for (const { description, media, completionEvents } of walkthrough.steps) {
      const picture = readFileSync(path.join(extensionPath(), media.svg), 'utf8');
      assert.match(picture, /var\(--vscode-/);
      assert.doesNotMatch(picture, /(?:fill|stroke)="#/, 'a colour of no theme');
      assert.ok(media.altText.length > 10);
      const links = [...description.matchAll(/\(command:([\w.]+)(?:\?true)?\)/g)].map(
        ([, link]) => link!,
      );
      assert.ok(links.length > 0);
      const events = completionEvents.map((event) => event.replace('onCommand:', ''));
      for (const command of [...links, ...events]) assert.ok(known.has(command), command);
    }
  });

  it('opens the example to begin with unasked, and keeps what is there', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const place = vscode.Uri.joinPath(folder.uri, 'char-gpt.model.yaml');
    const own = `# mine\n${tinyModel}`;
    await vscode.workspace.fs.writeFile(place, Buffer.from(own));
    await vscode.commands.executeCommand('normscope.openExample', true);
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.toString(), place.toString());
    assert.equal(document.getText(), own);
  });

  it('copies the example that is picked, with its data and nothing else', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const place = (name: string): string => path.join(folder.uri.fsPath, name);
    for (const name of ['post-norm-encoder.model.yaml', 'sort.model.yaml', 'moby-dick.txt']) {
      await vscode.workspace.fs.delete(vscode.Uri.file(place(name)));
    }
    let details: readonly (string | undefined)[] = [];
    await answering(
      {
        pick: ({ label }) => label === 'post-norm-encoder' || label === 'This workspace',
        asked: (items) => {
          if (details.length === 0) details = items.map(({ detail }) => detail);
        },
      },
      () => vscode.commands.executeCommand('normscope.openExample'),
    );
    assert.ok(details.length > 5 && details.every((detail) => (detail ?? '').length > 10));
    assert.ok(existsSync(place('post-norm-encoder.model.yaml')));
    assert.ok(existsSync(place('moby-dick.txt')));
    assert.equal(existsSync(place('sort.model.yaml')), false);
    const shown = vscode.window.activeTextEditor?.document.fileName;
    assert.equal(shown, place('post-norm-encoder.model.yaml'));
  });

  it('sets a condition at the last norm and stops where it holds', async () => {
    const editor = await openFile('condition.model.yaml', tinyModel);
    await answering({ input: 'var(in) > 0' }, () =>
      vscode.commands.executeCommand('normscope.breakOnVariance'),
    );
    await until(() => vscode.debug.activeStackItem !== undefined, 'the training stands still');
    const [breakpoint, ...others] = vscode.debug.breakpoints;
    assert.ok(breakpoint instanceof vscode.SourceBreakpoint);
    assert.equal(others.length, 0);
    const line = tinyModel.split('\n').findIndex((text) => text.includes('- LayerNorm'));
    assert.equal(breakpoint.location.range.start.line, line);
    assert.equal(breakpoint.condition, 'var(in) > 0');
    assert.equal(breakpoint.location.uri.toString(), editor.document.uri.toString());
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await vscode.debug.stopDebugging();
    await until(() => vscode.debug.activeDebugSession === undefined, 'the debugger is gone');
  });
});

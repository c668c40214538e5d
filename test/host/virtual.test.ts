import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { NormscopeApi } from '../../src/extension/main.ts';
import { activate, closeEditors, tinyModel, until } from './support.ts';

const scheme = 'memory';

/** Files of a workspace that is on no disk, such as a repository that is looked at over the network. */
class MemoryFiles implements vscode.FileSystemProvider {
  private readonly files: ReadonlyMap<string, string>;
  private readonly changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changes.event;

  constructor(files: Readonly<Record<string, string>>) {
    this.files = new Map(Object.entries(files));
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  stat({ path }: vscode.Uri): vscode.FileStat {
    const size = this.textOf(path).length;
    return { type: vscode.FileType.File, ctime: 0, mtime: 0, size };
  }

  readFile({ path }: vscode.Uri): Uint8Array {
    return Buffer.from(this.textOf(path));
  }

  readDirectory(): [string, vscode.FileType][] {
    return [...this.files.keys()].map((path) => [path.slice(1), vscode.FileType.File]);
  }

  createDirectory(): void {
    throw vscode.FileSystemError.NoPermissions();
  }

  writeFile(): void {
    throw vscode.FileSystemError.NoPermissions();
  }

  delete(): void {
    throw vscode.FileSystemError.NoPermissions();
  }

  rename(): void {
    throw vscode.FileSystemError.NoPermissions();
  }

  private textOf(path: string): string {
    const text = this.files.get(path);
    if (text === undefined) throw vscode.FileSystemError.FileNotFound(path);
    return text;
  }
}

/** What the person is told while `action` runs. */
async function told(action: () => Thenable<unknown>): Promise<readonly string[]> {
  const messages: string[] = [];
  const { showErrorMessage } = vscode.window;
  Object.assign(vscode.window, {
    showErrorMessage: (message: string) => {
      messages.push(message);
      return Promise.resolve(undefined);
    },
  });
  try {
    await action();
  } finally {
    Object.assign(vscode.window, { showErrorMessage });
  }
  return messages;
}

describe('a model that is on no disk', () => {
  let api: NormscopeApi;
  let files: vscode.Disposable;
  const uri = vscode.Uri.from({ scheme, path: '/far.model.yaml' });
  const reason = /^far\.model\.yaml is not on a disk \(memory\)/;

  before(async () => {
    api = await activate();
    const wrong = tinyModel.replace('- LayerNorm', '- LayerNom');
    const provider = new MemoryFiles({ '/far.model.yaml': tinyModel, '/wrong.model.yaml': wrong });
    files = vscode.workspace.registerFileSystemProvider(scheme, provider, { isReadonly: true });
  });
  afterEach(closeEditors);
  after(() => {
    files.dispose();
  });

  it('is checked and drawn', async () => {
    await vscode.window.showTextDocument(uri);
    await vscode.commands.executeCommand('normscope.openPanel');
    const model = await api.models.checked(uri);
    assert.deepEqual(model.errors, []);
    assert.ok(model.layers().some(({ path }) => path === 'block.norm'));
    const wrong = uri.with({ path: '/wrong.model.yaml' });
    await vscode.window.showTextDocument(wrong);
    await until(
      () =>
        vscode.languages.getDiagnostics(wrong).some(({ message }) => message.includes('LayerNom')),
      'the mistake is underlined',
    );
  });

  it('is not trained, stepped or debugged, and the reason is told', async () => {
    await vscode.window.showTextDocument(uri);
    const before = api.runs.current;
    for (const command of ['train', 'step', 'debug']) {
      const messages = await told(async () => {
        await vscode.commands.executeCommand(`normscope.${command}`);
        await until(() => vscode.debug.activeDebugSession === undefined, 'no debugger stays');
      });
      assert.equal(messages.length, 1, command);
      assert.match(messages[0] ?? '', reason);
    }
    assert.equal(api.runs.current, before, 'no engine was started');
  });
});

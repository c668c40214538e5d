import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { listExamples, type Example } from './examples.ts';
import type { Log } from './log.ts';

const { window, workspace } = vscode;

/** Where examples come from and go to. */
export interface ExampleServices {
  readonly extensionUri: vscode.Uri;
  /** Takes examples where no folder of a disk is open. */
  readonly storageUri: vscode.Uri;
  readonly log: Log;
}

/** What is copied where, and whether it replaces files of the same name. */
interface Order {
  readonly examples: readonly Example[];
  readonly target: vscode.Uri;
  readonly replace: boolean;
}

/**
 * Copies an example, or all of them, with their data into a folder, and opens it beside its picture: those that the person picks,
 * who is also asked before files are replaced. Unasked it is the one to begin with, and files that are there stay as they are.
 */
export async function openExample(services: ExampleServices, isUnasked: boolean): Promise<void> {
  const { extensionUri, storageUri, log } = services;
  const source = vscode.Uri.joinPath(extensionUri, 'examples');
  const entries = (await workspace.fs.readDirectory(source))
    .map(([name]) => name)
    .filter((name) => !name.startsWith('.'));
  const examples = await readExamples(source, entries);
  const order = isUnasked ? suggested(examples, storageUri) : await askFor(examples, entries);
  if (order === undefined) return;
  const { examples: picked, target, replace } = order;
  const names = namesOf(picked, entries);
  await workspace.fs.createDirectory(target);
  for (const name of names) await copy(source, target, name, replace);
  log.info(`${names.join(', ')} in ${target.fsPath}`);
  await window.showTextDocument(vscode.Uri.joinPath(target, picked[0]!.file), {
    viewColumn: vscode.ViewColumn.One,
    preview: false,
  });
  await vscode.commands.executeCommand('normscope.openPanel');
  if (workspace.getWorkspaceFolder(target) === undefined) void offerFolder(target);
}

/** The example to begin with, in the open folder. */
function suggested(examples: readonly Example[], storageUri: vscode.Uri): Order {
  const target = openFolder() ?? vscode.Uri.joinPath(storageUri, 'examples');
  return { examples: examples.slice(0, 1), target, replace: false };
}

/** Undefined when the person gave up. */
async function askFor(
  all: readonly Example[],
  entries: readonly string[],
): Promise<Order | undefined> {
  const examples = await pickExample(all);
  if (examples === undefined) return undefined;
  const target = await pickFolder();
  if (target === undefined) return undefined;
  const replace = await mayReplace(await present(target, namesOf(examples, entries)));
  return replace === undefined ? undefined : { examples, target, replace };
}

/** What belongs to examples; to several, all that there is. */
function namesOf(examples: readonly Example[], entries: readonly string[]): readonly string[] {
  return examples.length === 1 ? examples.flatMap(({ file, data }) => [file, ...data]) : entries;
}

function readExamples(source: vscode.Uri, entries: readonly string[]): Promise<readonly Example[]> {
  return listExamples(entries, async (file) => {
    const bytes = await workspace.fs.readFile(vscode.Uri.joinPath(source, file));
    return new TextDecoder().decode(bytes);
  });
}

/** One example or all of them; undefined when the person gave up. */
async function pickExample(examples: readonly Example[]): Promise<readonly Example[] | undefined> {
  const items = examples.map((example) => ({
    label: example.file.replace('.model.yaml', ''),
    description: example.data.join(', '),
    detail: example.summary,
    examples: [example],
  }));
  const all = {
    label: l10n.t('All examples'),
    description: '',
    detail: l10n.t('{0} models with their data', examples.length),
    examples,
  };
  const choice = await window.showQuickPick([...items, all], {
    title: l10n.t('Open Example'),
    placeHolder: l10n.t('Which model?'),
    matchOnDetail: true,
  });
  return choice?.examples;
}

/** Opening a folder reloads the window, so that it is not done unasked. */
async function offerFolder(folder: vscode.Uri): Promise<void> {
  const open = l10n.t('Open Folder');
  const message = l10n.t('The example is in {0}.', folder.fsPath);
  const choice = await window.showInformationMessage(message, open);
  if (choice === open) await vscode.commands.executeCommand('vscode.openFolder', folder);
}

/** The first folder of the workspace that is on a disk, where models can be trained. */
function openFolder(): vscode.Uri | undefined {
  return workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri;
}

async function pickFolder(): Promise<vscode.Uri | undefined> {
  const folder = openFolder();
  const here = { label: l10n.t('This workspace'), description: folder?.fsPath ?? '' };
  const other = { label: l10n.t('Another folder…') };
  if (folder) {
    const placeHolder = l10n.t('Where shall the model and its data be copied to?');
    const choice = await window.showQuickPick([here, other], { placeHolder });
    if (choice === undefined) return undefined;
    if (choice === here) return folder;
  }
  const [picked] =
    (await window.showOpenDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      openLabel: l10n.t('Copy Here'),
    })) ?? [];
  return picked;
}

async function present(target: vscode.Uri, names: readonly string[]): Promise<readonly string[]> {
  try {
    const there = new Set((await workspace.fs.readDirectory(target)).map(([name]) => name));
    return names.filter((name) => there.has(name));
  } catch {
    return [];
  }
}

/** Whether files that are there may be replaced; undefined when the person gave up. */
async function mayReplace(names: readonly string[]): Promise<boolean | undefined> {
  if (names.length === 0) return false;
  const keep = l10n.t('Keep Them');
  const replace = l10n.t('Replace Them');
  const choice = await window.showWarningMessage(
    l10n.t('The folder already has {0}.', names.join(', ')),
    { modal: true },
    keep,
    replace,
  );
  return choice === undefined ? undefined : choice === replace;
}

async function copy(
  source: vscode.Uri,
  target: vscode.Uri,
  name: string,
  overwrite: boolean,
): Promise<void> {
  try {
    const [from, to] = [source, target].map((folder) => vscode.Uri.joinPath(folder, name));
    await workspace.fs.copy(from!, to!, { overwrite });
  } catch (error) {
    const isThere = error instanceof vscode.FileSystemError && error.code === 'FileExists';
    if (!isThere) throw error;
  }
}

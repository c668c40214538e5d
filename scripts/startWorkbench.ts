import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildAll } from './build.ts';
import { prepareExampleWorkspace } from './exampleWorkspace.ts';
import { cacheFolder } from './vscodeServer/install.ts';
import { remoteUri, startServer, workbenchAddress } from './vscodeServer/start.ts';

const root = path.resolve(import.meta.dirname, '..');
const workspace = path.join(root, 'example-workspace');
const model = path.join(workspace, 'char-gpt.model.yaml');

/** A newcomer sees the panel at once, beside the model; the workspace's own settings stay. */
function openPanelWithModel(): void {
  const file = path.join(workspace, '.vscode/settings.json');
  if (existsSync(file)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  const settings = { 'normscope.panel.openWithModel': true };
  writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
}

/** Trains the example in the terminal; further arguments go to `normscope train`. */
function trainInTerminal(parameters: readonly string[]): void {
  const program = path.join(root, 'dist/cli.cjs');
  const child = spawn(process.execPath, [program, 'train', model, ...parameters], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches the command itself, which saves a checkpoint before it ends.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => process.exit(code ?? 1));
}

function desktopIsInstalled(): boolean {
  return spawnSync('code', ['--version'], { shell: process.platform === 'win32' }).status === 0;
}

function openDesktop(): void {
  const parameters = [`--extensionDevelopmentPath=${root}`, workspace, '--goto', model];
  spawnSync('code', parameters, { stdio: 'inherit', shell: process.platform === 'win32' });
  console.log(`VS Code opens ${workspace} with Normscope.`);
}

function openInBrowser(address: string): void {
  if (!process.stdout.isTTY || process.env['CI'] !== undefined) return;
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const child = spawn(opener, [address], { stdio: 'ignore', detached: true });
  // No opener: the address is printed for the reader to open.
  child.on('error', () => undefined);
  child.unref();
}

async function serveInBrowser(): Promise<void> {
  const token = randomBytes(16).toString('hex');
  const server = await startServer({
    folder: path.join(cacheFolder, 'demo'),
    extension: root,
    port: Number(process.env['PORT'] ?? 0),
    token,
    settings: { 'git.openRepositoryInParentFolders': 'never' },
  });
  const payload = [['openFile', remoteUri(server, model)]] as const;
  const address = workbenchAddress(server, workspace, payload, token);
  console.log(`\nVS Code with Normscope runs at\n\n  ${address}\n\nCtrl-C ends it.`);
  openInBrowser(address);
}

const [first, ...rest] = process.argv.slice(2);
await buildAll();
prepareExampleWorkspace(workspace);
openPanelWithModel();
if (first === '--headless') trainInTerminal(rest);
else if (desktopIsInstalled()) openDesktop();
else await serveInBrowser();

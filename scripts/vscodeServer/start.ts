import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installServer, type InstalledServer } from './install.ts';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const isWindows = process.platform === 'win32';

export type Settings = Readonly<Record<string, unknown>>;

/** Quiet, without network, and the same on every machine. */
const defaultSettings: Settings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'window.autoDetectColorScheme': false,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'chat.disableAIFeatures': true,
};

export interface ServerOptions {
  /** Everything of the server is kept here; made (and removed at the end) when not given. */
  readonly folder?: string;
  /** Folder of an extension's source, or a VSIX file: the one extension that is installed. */
  readonly extension?: string;
  readonly settings?: Settings;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Secret that the address must carry; without it every local process can connect. */
  readonly token?: string;
  /** Ask about workspace trust as a desktop does. Default: every workspace is trusted. */
  readonly workspaceTrust?: boolean;
  /** For test suites inside the extension host: newer servers accept them only with this. */
  readonly testDriver?: boolean;
  /** Language of what extensions show, such as `zh-cn`; VS Code's own texts stay English without a language pack. */
  readonly language?: string;
  /** Further environment of the server and of the extension host. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Server {
  readonly folder: string;
  readonly port: number;
  readonly address: string;
  readonly logFile: string;
  readonly pid: number;
  /** Ends the server with all its children and removes its folder unless that was given. */
  stop(): Promise<void>;
}

function writeSettings(folder: string, options: ServerOptions): void {
  const user = path.join(folder, 'data/User');
  mkdirSync(user, { recursive: true });
  const trust = { 'security.workspace.trust.enabled': options.workspaceTrust ?? false };
  const settings = { ...defaultSettings, ...trust, ...options.settings };
  writeFileSync(path.join(user, 'settings.json'), JSON.stringify(settings, null, 2));
}

/** VS Code takes a language only from a pack of texts for it: this one has none of its own. */
function writeLanguagePack(folder: string, language: string): void {
  const texts = path.join(folder, 'texts.json');
  writeFileSync(texts, JSON.stringify({ contents: {} }));
  const from = { extensionIdentifier: { id: 'normscope.language-pack' }, version: '1.0.0' };
  const pack = {
    ...{ hash: language, label: language, extensions: [from] },
    translations: { vscode: texts },
  };
  const packs = path.join(folder, 'data/languagepacks.json');
  writeFileSync(packs, JSON.stringify({ [language]: pack }));
}

function linkExtension(source: string, extensions: string): void {
  const manifest = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8')) as {
    readonly publisher: string;
    readonly name: string;
    readonly version: string;
  };
  const name = `${manifest.publisher}.${manifest.name}-${manifest.version}`;
  symlinkSync(source, path.join(extensions, name), isWindows ? 'junction' : 'dir');
}

function prepareExtensions(server: InstalledServer, folder: string, extension?: string): string {
  const extensions = path.join(folder, 'extensions');
  rmSync(extensions, { recursive: true, force: true });
  mkdirSync(extensions, { recursive: true });
  if (extension?.endsWith('.vsix') === true) {
    const parameters = ['--install-extension', extension, '--extensions-dir', extensions];
    const program = path.join(server.folder, 'out/server-main.js');
    execFileSync(server.node, [program, ...parameters, '--server-data-dir', folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } else if (extension !== undefined) linkExtension(extension, extensions);
  return extensions;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(isWindows ? child.pid : -child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function portOf(child: ChildProcess, logFile: string, log: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      writeSync(log, chunk);
      text += chunk.toString();
      const port = /Extension host agent listening on (\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`VS Code's server ended with exit code ${String(code)}, see ${logFile}`)),
    );
  });
}

function serverParameters(
  server: InstalledServer,
  folder: string,
  extensions: string,
  { port, token, workspaceTrust, testDriver, language }: ServerOptions,
): string[] {
  return [
    path.join(server.folder, 'out/server-main.js'),
    ...['--host', '127.0.0.1', '--port', String(port ?? 0)],
    ...['--server-data-dir', folder, '--extensions-dir', extensions],
    ...['--telemetry-level', 'off', '--accept-server-license-terms'],
    ...(token === undefined ? ['--without-connection-token'] : ['--connection-token', token]),
    ...(workspaceTrust === true ? [] : ['--disable-workspace-trust']),
    ...(language === undefined ? [] : ['--locale', language]),
    ...(testDriver === true ? ['--enable-smoke-test-driver'] : []),
  ];
}

/** Starts VS Code's server on 127.0.0.1, installing it first if need be. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const server = installServer();
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'normscope-'));
  writeSettings(folder, options);
  if (options.language !== undefined) writeLanguagePack(folder, options.language);
  const extensions = prepareExtensions(server, folder, options.extension);
  // Its own short temporary folder: the paths of its sockets must stay below 108 bytes, and they
  // would be left behind in the common one.
  const sockets = mkdtempSync(path.join(tmpdir(), 'ns-'));
  const logFile = path.join(folder, 'server.log');
  const log = openSync(logFile, 'a');
  const child = spawn(server.node, serverParameters(server, folder, extensions, options), {
    stdio: ['ignore', 'pipe', log],
    // A process group of its own, so that all of it can be ended together.
    detached: !isWindows,
    env: {
      ...process.env,
      ...options.environment,
      EXTENSIONS_GALLERY: '{}',
      TMPDIR: sockets,
      XDG_RUNTIME_DIR: sockets,
    },
  });
  // However this process ends, the server does not stay behind.
  const killAtExit = () => signalGroup(child, 'SIGKILL');
  process.once('exit', killAtExit);
  const port = await portOf(child, logFile, log);

  async function stopOnce(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      signalGroup(child, 'SIGTERM');
      await Promise.race([gone, delay(3000, undefined, { ref: false })]);
    }
    signalGroup(child, 'SIGKILL');
    process.off('exit', killAtExit);
    for (const signal of endingSignals) process.off(signal, endOnSignal);
    closeSync(log);
    rmSync(sockets, { recursive: true, force: true });
    if (options.folder === undefined) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  }
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= stopOnce());
  function endOnSignal(): void {
    void stop().then(() => process.exit(1));
  }
  for (const signal of endingSignals) process.on(signal, endOnSignal);
  return {
    ...{ folder, port, logFile, stop },
    address: `http://127.0.0.1:${port}/`,
    pid: child.pid ?? 0,
  };
}

/** Address of the workbench with a folder open. */
export function workbenchAddress(
  server: Server,
  folder: string,
  payload: readonly (readonly [string, string])[] = [],
  token?: string,
): string {
  const url = new URL(server.address);
  if (token !== undefined) url.searchParams.set('tkn', token);
  url.searchParams.set('folder', folder);
  if (payload.length > 0) url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}

/** How the workbench in the browser names a file of the server's machine. */
export function remoteUri(server: Server, file: string): string {
  return `vscode-remote://127.0.0.1:${server.port}${file}`;
}

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** Where downloaded programs are kept: git-ignored, shared by `npm start` and the tests. */
export const cacheFolder = process.env['VSCODE_CACHE'] ?? path.join(root, '.vscode-test');

/** The npm package that holds VS Code's server: 4.100.3 is VS Code 1.100.3, running on Node 20. */
const serverVersion = process.env['VSCODE_SERVER'] ?? '4.100.3';
const ripgrepVersion = '1.18.0';
/** Servers from this minor version on need Node 24, which npm has as a package too. */
const firstMinorOnNode24 = 118;
const node24Version = '24.21.0';

export interface InstalledServer {
  /** Folder of VS Code's own server, `out/server-main.js` in it. */
  readonly folder: string;
  /** The Node program that runs it. */
  readonly node: string;
}

/** Installs packages into a folder without running any of their scripts. */
export function npmInstall(folder: string, ...packages: string[]): void {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', ...packages, ...quiet], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
}

/**
 * Installs a downloaded program into a folder of the cache, unless it is there. It is put together
 * under another name and then renamed: so a folder of the right name is always complete, also when
 * an installation was cut off or two run at once.
 * @param install fills the folder of its first argument, which will be renamed to its second
 */
export function installOnce(
  name: string,
  install: (folder: string, finalFolder: string) => void,
): string {
  const finalFolder = path.join(cacheFolder, name);
  if (existsSync(finalFolder)) return finalFolder;
  const start = performance.now();
  mkdirSync(cacheFolder, { recursive: true });
  const folder = mkdtempSync(`${finalFolder}-`);
  try {
    writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
    install(folder, finalFolder);
    if (!existsSync(finalFolder)) renameSync(folder, finalFolder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`Installed ${name} in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
  return finalFolder;
}

function replaceNativeModule(modules: string, name: string, binary: string, standIn: string): void {
  const folder = path.join(modules, name);
  if (!existsSync(folder) || existsSync(path.join(folder, `build/Release/${binary}.node`))) return;
  copyFileSync(path.join(import.meta.dirname, standIn), path.join(folder, 'index.js'));
}

/** Installs VS Code's server out of the npm registry, once. Nothing is compiled. */
export function installServer(): InstalledServer {
  const platform = `${process.platform}-${process.arch}`;
  const onNode24 = Number(serverVersion.split('.')[1]) >= firstMinorOnNode24;
  const serverIn = (folder: string) => path.join(folder, 'node_modules/code-server/lib/vscode');

  const folder = installOnce(`code-server-${serverVersion}`, (target) => {
    console.log(`Installing VS Code's server (code-server ${serverVersion}) from npm ...`);
    npmInstall(
      target,
      `code-server@${serverVersion}`,
      `@vscode/ripgrep-${platform}@${ripgrepVersion}`,
      ...(onNode24 ? [`node-${platform}@${node24Version}`] : []),
    );
    const server = serverIn(target);
    npmInstall(server, '--omit=dev');
    const modules = path.join(server, 'node_modules');
    if (existsSync(path.join(modules, '@vscode/ripgrep'))) {
      const binaries = path.join(target, `node_modules/@vscode/ripgrep-${platform}/bin`);
      cpSync(binaries, path.join(modules, '@vscode/ripgrep/bin'), { recursive: true });
    }
    replaceNativeModule(modules, '@vscode/spdlog', 'spdlog', 'spdlog.cjs');
    replaceNativeModule(modules, 'native-watchdog', 'watchdog', 'watchdog.cjs');
    replaceNativeModule(modules, '@vscode/native-watchdog', 'watchdog', 'watchdog.cjs');
  });
  const node = path.join(folder, `node_modules/node-${platform}/bin/node`);
  return { folder: serverIn(folder), node: onNode24 ? node : process.execPath };
}

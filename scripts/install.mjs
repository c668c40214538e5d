// Runs before anything is installed: Node's own modules only.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/** @param {string} file */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;
  } catch {
    return {};
  }
}

function isInstalled() {
  const wanted = Object.entries(packagesOf('package-lock.json'));
  const present = packagesOf('node_modules/.package-lock.json');
  return wanted.every(
    ([folder, { version, optional }]) =>
      folder === '' || optional || present[folder]?.version === version,
  );
}

/** Installs the locked packages if any of them is missing or of another version. */
export function installMissing() {
  if (isInstalled()) return;
  console.log('Installing the packages of package-lock.json ...');
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync('npm', ['ci'], { cwd: root, stdio: 'inherit', shell });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Runs a TypeScript program of the project with the arguments of this process and exits as it does.
 * A signal does not end this process: the program may have work to save first.
 * @param {string} program path of the file from the project's root
 */
export function runProgram(program) {
  const parameters = ['--import', 'tsx', program, ...process.argv.slice(2)];
  const child = spawn(process.execPath, parameters, { cwd: root, stdio: 'inherit' });
  // Ctrl-C reaches every process of the terminal by itself; SIGTERM reaches only this one.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

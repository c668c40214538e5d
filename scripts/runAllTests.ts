import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readResultFile, resultFile } from '../test/workbench/results.ts';
import { listTestFiles, type TestKind } from '../test/workbench/testFiles.ts';

const root = path.resolve(import.meta.dirname, '..');
/** A stage that hangs is ended after this time and counts as failed. */
const timeLimit = 20 * 60_000;

interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  /** Why it failed, when the output above does not say so. */
  readonly remark?: string;
}

interface Ended {
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

/** Runs a script of package.json, and either shows its output at once or keeps it. */
function runScript(
  script: string,
  show: boolean,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', script], {
      cwd: root,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
      env: { ...process.env, ...environment },
      shell: process.platform === 'win32',
      timeout: timeLimit,
    });
    let output = '';
    const collect = (chunk: Buffer) => (output += chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ ok: code === 0, output, seconds: (performance.now() - start) / 1000 }),
    );
  });
}

async function check(name: string, script: string): Promise<Outcome> {
  const { ok, output, seconds } = await runScript(script, false);
  console.log(`${ok ? '✔' : '✘'} ${name} (${seconds.toFixed(1)} s)`);
  if (!ok) console.log(output);
  return { name, passed: ok ? 1 : 0, failed: ok ? 0 : 1, seconds };
}

async function runTests(name: string, kind: TestKind): Promise<Outcome> {
  console.log(`\n${name}`);
  const file = resultFile(kind);
  rmSync(file, { force: true });
  const { ok, seconds } = await runScript(`test:${kind}`, true, { NORMSCOPE_TEST_RESULT: file });
  if (!existsSync(file)) {
    return { name, passed: 0, failed: 1, seconds, remark: 'ended before its tests did' };
  }
  const { passed, failed } = readResultFile(file);
  if (ok || failed > 0) return { name, passed, failed, seconds };
  return { name, passed, failed: 1, seconds, remark: 'failed outside of any test' };
}

/** A test file that nothing has run proves nothing: every one must have reported a test. */
function everyFileRan(kinds: readonly TestKind[]): Outcome {
  const files = kinds.map(resultFile).filter((file) => existsSync(file));
  const ran = new Set(files.flatMap((file) => readResultFile(file).files));
  const missing = listTestFiles().filter((file) => !ran.has(file));
  const name = 'every test file ran';
  if (missing.length === 0) return { name, passed: 1, failed: 0, seconds: 0 };
  return { name, passed: 0, failed: 1, seconds: 0, remark: `not run: ${missing.join(', ')}` };
}

function printSummary(outcomes: readonly Outcome[]): void {
  console.log('\nSummary');
  for (const { name, passed, failed, seconds, remark } of outcomes) {
    const counts = `${passed} passed, ${failed} failed`;
    const time = `${seconds.toFixed(1)} s`;
    console.log(
      `${failed === 0 ? '✔' : '✘'} ${name.padEnd(32)}${counts.padEnd(24)}${time.padStart(8)}` +
        (remark === undefined ? '' : `  ${remark}`),
    );
  }
}

const outcomes: Outcome[] = [await check('build', 'build')];
// In pairs: there are at least two processors nearly everywhere.
const [types, lint] = [check('types', 'typecheck'), check('lint', 'lint')];
outcomes.push(await types, await lint);
const [format, rooms] = [check('format', 'format:check'), check('order of rooms', 'rooms')];
outcomes.push(await format, await rooms);
outcomes.push(await check('dead code', 'deadcode'));
outcomes.push(await runTests('unit tests', 'unit'));
outcomes.push(await runTests('webview tests in the browser', 'webview'));
outcomes.push(await runTests('tests in the extension host', 'host'));
outcomes.push(await runTests('end to end in VS Code', 'e2e'));
outcomes.push(everyFileRan(['unit', 'webview', 'host', 'e2e']));
printSummary(outcomes);
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** The rules that a small project, given as path to text, breaks. */
function brokenRules(files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'normscope-rooms-'));
  try {
    for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'tsconfig.base.json']) {
      copyFileSync(path.join(root, name), path.join(folder, name));
    }
    for (const [file, text] of Object.entries({ 'webview/main.ts': '', ...files })) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    const program = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const parameters = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [program, ...parameters, 'src', 'webview'],
      { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 },
    );
    assert.notEqual(stdout, '', stderr);
    const { summary } = JSON.parse(stdout) as {
      readonly summary: { readonly violations: readonly { readonly rule: { name: string } }[] };
    };
    return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the order of rooms', () => {
  it('lets a room import from lower rows', () => {
    const broken = brokenRules({
      'src/base/errors.ts': 'export const code = 1;',
      'src/engine/train/loop.ts': "import { code } from '../../base/errors.ts'; export { code };",
      'src/cli/main.ts': "export { code } from '../engine/train/loop.ts';",
      'webview/main.ts': "export { code } from '../src/base/errors.ts';",
    });
    assert.deepEqual(broken, []);
  });

  it('forbids what points upwards or sideways, cycles, and packages in the wrong place', () => {
    const broken = brokenRules({
      'src/base/first.ts': "export { second } from './second.ts'; export const first = 1;",
      'src/base/second.ts': "export { first } from './first.ts'; export const second = 2;",
      'src/base/files.ts': "export { readFileSync } from 'node:fs';",
      'src/base/editor.ts': "export { window } from 'vscode';",
      'src/compiler/graph/model.ts': "export { step } from '../../engine/train/step.ts';",
      'src/compiler/passes/pass.ts': 'export const pass = 1;',
      'src/compiler/ops/op.ts': "export { pass } from '../passes/pass.ts';",
      'src/engine/train/step.ts': 'export const step = 1;',
      'src/statistics/series.ts': "export { pass } from '../compiler/passes/pass.ts';",
      'src/cli/main.ts': 'export const main = 1;',
      'src/debugger/session.ts': "export { main } from '../cli/main.ts';",
      'src/unheardOf/file.ts': "export { first } from '../base/first.ts';",
      'webview/main.ts': "export { step } from '../src/engine/train/step.ts';",
    });
    assert.deepEqual(broken, [
      'folder-compiler-ops',
      'known-room',
      'no-cycles',
      'packages-base',
      'pure-rooms',
      'room-compiler',
      'room-debugger',
      'room-statistics',
      'views',
      'vscode-only-in-src-extension',
    ]);
  });
});

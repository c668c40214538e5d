import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolders } from './support.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** What a process leaves in its home and temporary folders that made a session of the runtime, loaded by this code. */
function leftBehind(folder: string, load: string): readonly string[] {
  const [home, temporary] = [path.join(folder, 'home'), path.join(folder, 'tmp')];
  mkdirSync(home);
  mkdirSync(temporary);
  // A session of nothing: the runtime refuses it, and is loaded by then.
  const program = `const runtime = await ${load};
    await runtime.InferenceSession.create(Uint8Array.of(1)).catch(() => undefined);`;
  execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: root,
    env: {
      // Nothing else of ours: the runtime's telemetry is also off where it takes a machine for one of continuous integration.
      PATH: process.env['PATH'],
      SystemRoot: process.env['SystemRoot'],
      HOME: home,
      USERPROFILE: home,
      XDG_CACHE_HOME: path.join(home, '.cache'),
      TMPDIR: temporary,
      TMP: temporary,
      TEMP: temporary,
      TSX_DISABLE_CACHE: '1',
    },
  });
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /Microsoft|mat-debug|deviceid|onnxruntime/i.test(name),
  );
}

describe('the telemetry of the runtime', () => {
  const folder = temporaryFolders();

  it('is off: nothing is noted about the machine', () => {
    const { href } = pathToFileURL(path.join(root, 'src/engine/runtime/load.ts'));
    const load = `(await import(${JSON.stringify(href)})).loadRuntime()`;
    assert.deepEqual(leftBehind(folder(), load), []);
  });

  it('would be on without that, on Linux', () => {
    const load = "import('onnxruntime-node').then((module) => module.default)";
    if (process.platform === 'linux') assert.ok(leftBehind(folder(), load).length > 0);
  });
});

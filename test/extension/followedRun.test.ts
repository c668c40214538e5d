import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runPaths } from '../../src/engine/runs/manifest.ts';
import { FollowedRun } from '../../src/extension/followedRun.ts';
import type { RunProgress, StoredRun } from '../../src/extension/languageMethods.ts';

describe('a run that another window trains', () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'normscope-followed-'));
  const { statistics } = runPaths(directory);
  const writer = { pid: process.pid, host: 'here' };
  const still: RunProgress = {
    ...{ isRewound: false, writer, isPaused: false, steps: undefined, validations: [], end: 0 },
  };
  const stored: StoredRun = {
    modelText: '',
    summary: { directory, id: 'run', state: 'training', step: 0, steps: 10, checkpoints: [] },
    history: { batches: [], validations: [], end: 0 },
    info: {
      ...{
        id: 'run',
        directory,
        modelPath: 'tiny.model.yaml',
        modelName: 'tiny',
        step: 0,
        steps: 10,
      },
      ...{ seed: 1, threads: 1, parameters: 0, norms: [], compileMilliseconds: 0 },
    },
  };

  after(() => {
    rmSync(directory, { recursive: true });
  });

  it('is looked at again and again while its statistics change without a rest', async () => {
    appendFileSync(statistics, '.');
    let looks = 0;
    const client = {
      readProgress: () => {
        looks++;
        return Promise.resolve(still);
      },
      readRun: () => Promise.resolve(stored),
    };
    const followed = new FollowedRun(client, stored, writer);
    for (let change = 0; change < 100; change++) {
      appendFileSync(statistics, '.');
      await delay(20);
    }
    followed.dispose();
    assert.ok(looks >= 5, `${looks} looks in at least two seconds`);
  });
});

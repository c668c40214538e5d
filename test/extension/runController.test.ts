import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EngineClient } from '../../src/engine/client.ts';
import { RunController } from '../../src/extension/runController.ts';
import { isAlive } from '../engine/processes.ts';
import { engineProgram } from '../engine/support.ts';
import { examples } from '../language/support.ts';

describe("the window's run", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'normscope-controller-'));
  const started: EngineClient[] = [];
  let runs: RunController;
  const request = {
    modelPath: path.join(folder, 'sort.model.yaml'),
    modelText: examples.get('sort')!,
    allowedRoots: [folder],
    overrides: [],
  };

  before(async () => {
    const program = await engineProgram();
    runs = new RunController(() => {
      const engine = new EngineClient(program);
      started.push(engine);
      return engine;
    });
  });

  after(async () => {
    runs.dispose();
    await Promise.all(started.map(({ exited }) => exited));
    rmSync(folder, { recursive: true });
  });

  it('is cancelled while it compiles: its engine ends, and another can be opened', async () => {
    const opening = runs.open(request);
    assert.equal(runs.phase, 'opening');
    runs.cancelOpening();
    await assert.rejects(opening, { code: 'cancelled' });
    assert.equal(runs.phase, 'none');
    const [engine] = started;
    await engine?.exited;
    assert.ok(engine?.pid === undefined || !isAlive(engine.pid));

    const run = await runs.open(request);
    assert.equal(runs.current, run);
    await run.stop();
  });
});

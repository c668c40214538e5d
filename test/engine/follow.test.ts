import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { listHeldRuns, readProgress } from '../../src/engine/runs/follow.ts';
import { lockRun } from '../../src/engine/runs/lock.ts';
import { runPaths } from '../../src/engine/runs/manifest.ts';
import { readStatistics, StatisticsWriter } from '../../src/engine/runs/statisticsFile.ts';
import { normWidth } from '../../src/statistics/taps.ts';
import { temporaryFolders } from './support.ts';

const norms = ['blocks.0.norm', 'norm'];

function stepOf(step: number) {
  const numbers = Float32Array.from({ length: norms.length * normWidth }, (_, i) => step + i);
  return { step, loss: 1 / (step + 1), lr: 0.1, gradNorm: 2, norms: numbers };
}

describe('a run of another process', () => {
  const folder = temporaryFolders();

  it('is read while it is written: every record once, in order', async () => {
    const directory = folder();
    const { statistics } = runPaths(directory);
    const pieces = fc.array(fc.nat({ max: 4 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(pieces, async (counts) => {
        const writer = await StatisticsWriter.create(statistics, norms);
        let { end } = await readStatistics(statistics);
        const [seen, validated]: [number[], number[]] = [[], []];
        let step = 0;
        for (const count of counts) {
          for (let i = 0; i < count; i++) writer.addStep(stepOf(step++));
          if (count % 2 === 1) writer.addValidation({ step, loss: 7 });
          await writer.flush();
          const { recorded } = await readProgress(directory, end);
          assert.ok(recorded);
          seen.push(...recorded.steps.map((each) => each.step));
          validated.push(...recorded.validations.map((each) => each.step));
          ({ end } = recorded);
        }
        await writer.close();
        const whole = await readStatistics(statistics);
        assert.deepEqual(
          seen,
          whole.steps.map((each) => each.step),
        );
        assert.deepEqual(
          validated,
          whole.validations.map((each) => each.step),
        );
        assert.equal(end, whole.end);
      }),
      { numRuns: 30 },
    );
  });

  it('that went back to an earlier step is read anew', async () => {
    const directory = folder();
    const { statistics } = runPaths(directory);
    const writer = await StatisticsWriter.create(statistics, norms);
    for (let step = 0; step < 5; step++) writer.addStep(stepOf(step));
    await writer.flush();
    const { end } = await readStatistics(statistics);
    await writer.rewind(2);
    const { recorded } = await readProgress(directory, end);
    await writer.close();
    assert.equal(recorded, undefined);
  });

  it('has a holder until its lock is released', async () => {
    const parent = folder();
    const [first, second] = ['20260101-a', '20260102-b'].map((id) => path.join(parent, id));
    for (const directory of [first!, second!, path.join(parent, 'never-trained')]) {
      mkdirSync(directory);
      await (await StatisticsWriter.create(runPaths(directory).statistics, norms)).close();
    }
    const locks = [await lockRun(first!), await lockRun(second!)];
    const held = await listHeldRuns(parent);
    assert.deepEqual(
      held.map(({ directory }) => directory),
      [second, first],
    );
    assert.equal(held[0]?.holder.pid, process.pid);
    assert.equal((await readProgress(second!, 0)).holder?.pid, process.pid);
    await locks[1]!.release();
    assert.deepEqual(
      (await listHeldRuns(parent)).map(({ directory }) => directory),
      [first],
    );
    assert.equal((await readProgress(second!, 0)).holder, undefined);
    await locks[0]!.release();
  });

  it('that was deleted cannot be read', async () => {
    const directory = folder();
    rmSync(directory, { recursive: true });
    await assert.rejects(readProgress(directory, 0), { code: 'ENOENT' });
    assert.deepEqual(await listHeldRuns(directory), []);
  });
});

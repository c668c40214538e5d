import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { lockRun } from '../../src/engine/runs/lock.ts';
import { deleteRun, listRuns, renameRun, summarizeRun } from '../../src/engine/runs/summary.ts';
import {
  readLatestStatistics,
  readStatistics,
  StatisticsWriter,
} from '../../src/engine/runs/statisticsFile.ts';
import { normWidth } from '../../src/statistics/taps.ts';
import { temporaryFolders } from './support.ts';

const norms = ['blocks.0.norm', 'norm'];

function stepOf(step: number) {
  const numbers = Float32Array.from({ length: norms.length * normWidth }, (_, i) => step + i);
  return { step, loss: 1 / (step + 1), lr: 0.1, gradNorm: 2, norms: numbers };
}

/** Statistics of so many steps; `validatedAfter`: numbers of steps after which there is a validation. */
async function writeStatistics(
  file: string,
  steps: number,
  validatedAfter: readonly number[] = [],
): Promise<void> {
  const writer = await StatisticsWriter.create(file, norms);
  for (let step = 0; step < steps; step++) {
    writer.addStep(stepOf(step));
    if (validatedAfter.includes(step + 1)) writer.addValidation({ step: step + 1, loss: 7 });
  }
  await writer.flush();
  await writer.close();
}

describe('the end of the statistics of a run', () => {
  const folder = temporaryFolders();

  it('is what the whole file ends with, torn or not', async () => {
    const file = path.join(folder(), 'statistics.bin');
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 5 }),
        fc.array(fc.integer({ min: 1, max: 5 })),
        fc.uint8Array({ maxLength: 300 }),
        async (steps, validatedAfter, torn) => {
          await writeStatistics(file, steps, validatedAfter);
          appendFileSync(file, torn);
          const whole = await readStatistics(file);
          const latest = await readLatestStatistics(file);
          assert.deepEqual(latest.step, whole.steps.at(-1));
          const after = whole.validations.at(-1);
          if (after?.step === steps) assert.deepEqual(latest.validation, after);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the summary of a run', () => {
  const folder = temporaryFolders();

  async function run(parent: string, id: string, steps: number): Promise<string> {
    const directory = path.join(parent, id);
    mkdirSync(directory, { recursive: true });
    const manifest = {
      format: 1,
      created: new Date(Date.now() - 5000).toISOString(),
      steps: 4,
      modelPath: '/elsewhere/small.model.yaml',
      modelText: '',
    };
    writeFileSync(path.join(directory, 'manifest.json'), JSON.stringify(manifest));
    await writeStatistics(path.join(directory, 'statistics.bin'), steps, [4]);
    return directory;
  }

  it('tells how far it came, newest run first', async () => {
    const parent = folder();
    await run(parent, '20260101-000000-old', 4);
    const newer = await run(parent, '20260102-000000-new', 2);
    mkdirSync(path.join(newer, 'checkpoints', 'step-0000000002'), { recursive: true });
    mkdirSync(path.join(parent, '.tmp-1-0'));
    const runs = await listRuns(parent);
    const facts = runs.map(({ id, state, step, loss, validationLoss, checkpoints }) => [
      id,
      state,
      step,
      loss,
      validationLoss,
      checkpoints,
    ]);
    assert.deepEqual(facts, [
      ['20260102-000000-new', 'stopped', 2, 1 / 2, undefined, [2]],
      ['20260101-000000-old', 'finished', 4, 1 / 4, 7, []],
    ]);
    assert.equal(runs[0]!.modelFile, 'small.model.yaml');
    assert.ok(runs[0]!.milliseconds! >= 5000 - 1000, `${runs[0]!.milliseconds} ms`);
  });

  it('is of one that failed when it left a report, and of one that trains when it is locked', async () => {
    const directory = await run(folder(), 'run', 2);
    writeFileSync(path.join(directory, 'non-finite.json'), '{}');
    assert.equal((await summarizeRun(directory))?.state, 'failed');
    const lock = await lockRun(directory);
    assert.equal((await summarizeRun(directory))?.state, 'training');
    await assert.rejects(deleteRun(directory), { code: 'run-busy' });
    await lock.release();
    assert.equal((await summarizeRun(directory))?.state, 'failed');
  });

  it('says of damaged manifests what is wrong, and lists the others', async () => {
    const parent = folder();
    for (const [id, text] of [
      ['a', 'not JSON'],
      ['b', 'null'],
      ['c', '{"format": 1}'],
      ['d', '{"format": 99, "steps": 3}'],
    ] as const) {
      writeFileSync(path.join(await run(parent, id, 1), 'manifest.json'), text);
    }
    rmSync(path.join(await run(parent, 'e', 1), 'manifest.json'));
    truncateSync(path.join(await run(parent, 'f', 1), 'statistics.bin'), 3);
    const runs = await listRuns(parent);
    assert.deepEqual(
      runs.map(({ id, state }) => `${id} ${state}`),
      ['f stopped', 'e damaged', 'd damaged', 'c damaged', 'b damaged', 'a damaged'],
    );
    const [torn, ...damaged] = runs.map(({ problem }) => problem);
    assert.match(torn ?? '', /statistics\.bin does not begin like .* can still be resumed/);
    for (const problem of damaged) assert.ok(problem, 'a reason');
  });

  it('has the name that it is given until that is taken away, and goes with the folder', async () => {
    const parent = folder();
    const directory = await run(parent, 'run', 1);
    await renameRun(directory, '  wide, no warm-up\n');
    assert.equal((await summarizeRun(directory))?.name, 'wide, no warm-up');
    await renameRun(directory, ' ');
    assert.equal((await summarizeRun(directory))?.name, undefined);
    await deleteRun(directory);
    assert.equal(await summarizeRun(directory), undefined);
    assert.deepEqual(await listRuns(parent), []);
    assert.deepEqual(await listRuns(path.join(parent, 'nowhere')), []);
    await deleteRun(directory);
  });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { NamedTensor } from '../../src/engine/data/safetensors.ts';
import {
  bestCheckpoint,
  listCheckpoints,
  newestCheckpoint,
  pruneCheckpoints,
  readCheckpoint,
  sweepTemporaries,
  writeCheckpoint,
} from '../../src/engine/runs/checkpoint.ts';
import { crc32 } from '../../src/engine/runs/crc32.ts';
import { lockRun } from '../../src/engine/runs/lock.ts';
import { createRunFolder, readManifest } from '../../src/engine/runs/manifest.ts';
import { readStatistics, StatisticsWriter } from '../../src/engine/runs/statisticsFile.ts';
import { normWidth } from '../../src/statistics/taps.ts';
import { temporaryFolders } from './support.ts';

function tensors(step: number): readonly NamedTensor[] {
  const values = (length: number): Float32Array =>
    Float32Array.from({ length }, (_, i) => Math.sin(step + i));
  return [
    { name: 'a.weight', shape: [4, 5], data: values(20) },
    { name: 'optimizer:exp_avg:a.weight', shape: [4, 5], data: values(20) },
    { name: 'b', shape: [3], data: values(3) },
  ];
}

describe('checkpoints', () => {
  const folder = temporaryFolders();

  function write(place: string, step: number, validationLoss?: number): Promise<string> {
    const facts = {
      step,
      parametersHash: `hash ${step}`,
      ...(validationLoss !== undefined && { validationLoss }),
    };
    return writeCheckpoint(place, facts, tensors(step));
  }

  it('come back as they were written', async () => {
    const place = path.join(folder(), 'checkpoints');
    const directory = await write(place, 250, 1.5);
    assert.equal(path.basename(directory), 'step-0000000250');
    const { description, tensors: read } = await readCheckpoint(directory);
    assert.deepEqual([description.step, description.validationLoss], [250, 1.5]);
    assert.deepEqual([...read.values()], tensors(250));
    assert.deepEqual(readdirSync(place), ['step-0000000250'], 'no temporary folder is left');
  });

  it('are found damaged when any one byte is changed, cut or added', async () => {
    const directory = await write(folder(), 7);
    for (const name of ['state.safetensors', 'checkpoint.json']) {
      const file = path.join(directory, name);
      const good = readFileSync(file);
      const refused = (): Promise<void> =>
        assert.rejects(readCheckpoint(directory), { code: 'checkpoint-damaged' });
      for (let at = 0; at < good.length; at++) {
        const bad = Buffer.from(good);
        bad[at]! ^= 1 << (at % 8);
        writeFileSync(file, bad);
        await refused();
      }
      writeFileSync(file, good.subarray(0, good.length - 1));
      await refused();
      writeFileSync(file, Buffer.concat([good, Buffer.of(32)]));
      await refused();
      writeFileSync(file, good);
      await readCheckpoint(directory);
    }
    rmSync(path.join(directory, 'state.safetensors'));
    await assert.rejects(readCheckpoint(directory), { code: 'checkpoint-damaged' });
  });

  it('damaged ones are passed over for the newest intact one, and named', async () => {
    const place = folder();
    for (const step of [10, 20, 30, 40]) await write(place, step);
    truncateSync(path.join(place, 'step-0000000040', 'state.safetensors'), 100);
    rmSync(path.join(place, 'step-0000000030', 'checkpoint.json'));
    const { checkpoint, damaged } = await newestCheckpoint(place);
    assert.equal(checkpoint?.description.step, 20);
    assert.equal(damaged.length, 2);
    assert.match(damaged[0]!.reason, /step-0000000040 cannot be used/);
  });

  it('written by a newer version are refused, not passed over', async () => {
    const place = folder();
    await write(place, 10);
    const directory = await write(place, 20);
    const file = path.join(directory, 'checkpoint.json');
    const newer = readFileSync(file, 'utf8').replace('"format":1', '"format":2');
    writeFileSync(file, await resealed(newer));
    await assert.rejects(newestCheckpoint(place), {
      code: 'run-newer',
      message: /format 2.*Update/,
    });
  });

  async function resealed(text: string): Promise<string> {
    const { createHash } = await import('node:crypto');
    const body = text.slice(0, text.lastIndexOf(',"seal"'));
    return `${body},"seal":"${createHash('sha256').update(body).digest('hex')}"}`;
  }

  it('of which the newest and the best are kept', async () => {
    const place = folder();
    for (const [step, loss] of [
      [10, 3],
      [20, 1],
      [30, 2],
      [40, 4],
      [50, 5],
    ] as const) {
      await write(place, step, loss);
      await pruneCheckpoints(place, 2, (await bestCheckpoint(place))?.step);
    }
    assert.deepEqual(await listCheckpoints(place), [50, 40, 20]);
    assert.deepEqual(await bestCheckpoint(place), { step: 20, loss: 1 });
  });

  it('of a step that is there already stay, or are replaced when damaged', async () => {
    const place = folder();
    const directory = await write(place, 10);
    const before = statSync(path.join(directory, 'state.safetensors')).ino;
    await write(place, 10);
    assert.equal(statSync(path.join(directory, 'state.safetensors')).ino, before);
    truncateSync(path.join(directory, 'state.safetensors'), 10);
    await write(place, 10);
    await readCheckpoint(directory);
    assert.ok(existsSync(path.join(place, 'damaged-step-0000000010')), 'set aside, not deleted');
  });

  it('that cannot be written leave the older ones alone and nothing behind', async () => {
    const place = folder();
    await write(place, 10);
    // A file where a folder should be.
    const blocked = path.join(place, 'step-0000000010', 'checkpoint.json');
    await assert.rejects(writeCheckpoint(blocked, { step: 1, parametersHash: '' }, tensors(1)), {
      kind: 'environment',
      code: 'write-failed',
      message: /checkpoint of step 1 could not be written to .*go on/,
    });
    await readCheckpoint(path.join(place, 'step-0000000010'));
    assert.ok(!readdirSync(place).some((name) => name.startsWith('.tmp-')));
  });

  it('half-written ones of a killed process are swept', async () => {
    const place = folder();
    mkdirSync(path.join(place, '.tmp-123-0'));
    writeFileSync(path.join(place, '.tmp-123-0', 'state.safetensors'), 'half');
    await write(place, 10);
    assert.equal((await newestCheckpoint(place)).damaged.length, 0);
    await sweepTemporaries(place);
    assert.deepEqual(readdirSync(place), ['step-0000000010']);
  });
});

describe('statistics of a run', () => {
  const folder = temporaryFolders();
  const norms = ['blocks.0.norm', 'norm'];

  function step(number: number) {
    const values = Float32Array.from({ length: 2 * normWidth }, (_, i) => number + i / 100);
    return {
      step: number,
      loss: 1 / (number + 1),
      lr: 0.1 * number,
      gradNorm: number ** 2,
      norms: values,
      // Not all data has classes.
      ...(number % 2 === 1 && { accuracy: 1 / number }),
    };
  }

  async function written(file: string, count: number): Promise<void> {
    const writer = await StatisticsWriter.create(file, norms);
    for (let i = 0; i < count; i++) {
      writer.addStep(step(i));
      if (i % 4 === 3)
        writer.addValidation({ step: i + 1, loss: -i, ...(i > 4 && { accuracy: 0.5 }) });
      if (i % 3 === 0) await writer.flush();
    }
    await writer.sync();
    await writer.close();
  }

  it('come back as they were written', async () => {
    const file = path.join(folder(), 'statistics.bin');
    await written(file, 10);
    const read = await readStatistics(file);
    assert.deepEqual(read.norms, norms);
    assert.deepEqual(
      read.steps,
      Array.from({ length: 10 }, (_, i) => step(i)),
    );
    assert.deepEqual(read.validations, [
      { step: 4, loss: -3 },
      { step: 8, loss: -7, accuracy: 0.5 },
    ]);
  });

  for (const [format, lacks, hash] of [
    [1, 'accuracies and hashes', []],
    [2, 'accuracies', [0]],
  ] as const) {
    it(`of format ${format}, without ${lacks}, are read and gone on with`, async () => {
      const file = path.join(folder(), 'statistics.bin');
      await written(file, 0);
      const header = readFileSync(file);
      header.write(header.toString('latin1').replace('"format":3', `"format":${format}`), 'latin1');
      const record = (kind: number, rest: Buffer): Buffer => {
        const bytes = Buffer.concat([Buffer.alloc(8), rest]);
        bytes.writeUInt32LE(kind, 4);
        bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
        return bytes;
      };
      const { norms: values, lr, gradNorm, loss } = step(0);
      const numbers = Buffer.from(Float64Array.of(0, loss, lr, gradNorm, ...hash).buffer);
      const padding = Buffer.alloc((8 - (values.byteLength % 8)) % 8);
      const norms2 = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
      const validation = Buffer.from(Float64Array.of(1, 0.5).buffer);
      const steps = record(1, Buffer.concat([numbers, norms2, padding]));
      writeFileSync(file, Buffer.concat([header, steps, record(2, validation)]));
      const writer = await StatisticsWriter.resume(file, norms, 1);
      writer.addStep(step(1));
      await writer.sync();
      await writer.close();
      const read = await readStatistics(file);
      const { accuracy, ...second } = step(1);
      assert.equal(accuracy, 1);
      assert.deepEqual(read.steps, [{ step: 0, loss, lr, gradNorm, norms: values }, second]);
      assert.deepEqual(read.validations, [{ step: 1, loss: 0.5 }]);
    });
  }

  it('are read up to a torn end, wherever it is', async () => {
    const file = path.join(folder(), 'statistics.bin');
    await written(file, 6);
    const whole = readFileSync(file);
    const headerLength = 12 + whole.readUInt32LE(8);
    let seen = 0;
    for (let length = headerLength; length <= whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      const { steps } = await readStatistics(file);
      assert.deepEqual(
        steps,
        Array.from({ length: steps.length }, (_, i) => step(i)),
      );
      assert.ok(steps.length >= seen);
      seen = steps.length;
    }
    assert.equal(seen, 6);
  });

  it('end at the first record with a wrong byte', async () => {
    const file = path.join(folder(), 'statistics.bin');
    await written(file, 6);
    const bytes = readFileSync(file);
    bytes[bytes.length - 300]! ^= 4;
    writeFileSync(file, bytes);
    const { steps } = await readStatistics(file);
    assert.ok(steps.length < 6 && steps.length >= 3);
  });

  it('go on after the step of a checkpoint, what was recorded later is dropped', async () => {
    const file = path.join(folder(), 'statistics.bin');
    await written(file, 10);
    truncateSync(file, statSync(file).size - 5);
    const writer = await StatisticsWriter.resume(file, norms, 8);
    assert.equal((await readStatistics(file)).steps.length, 8);
    assert.equal((await readStatistics(file)).validations.length, 2, 'that after step 8 is kept');
    writer.addStep(step(8));
    await writer.sync();
    await writer.close();
    assert.deepEqual((await readStatistics(file)).steps[8], step(8));
  });

  it('of something else are refused, of a missing file begun anew', async () => {
    const file = path.join(folder(), 'statistics.bin');
    writeFileSync(file, 'something else entirely');
    await assert.rejects(readStatistics(file), { code: 'statistics-damaged' });
    rmSync(file);
    await (await StatisticsWriter.resume(file, norms, 8)).close();
    assert.equal((await readStatistics(file)).steps.length, 0);
  });

  it('have the usual CRC', () => {
    assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.nat(7), (bytes, at, bit) => {
        const changed = bytes.slice();
        changed[at % bytes.length]! ^= 1 << bit;
        assert.notEqual(crc32(bytes), crc32(changed));
      }),
    );
  });
});

describe('the lock of a run', () => {
  const folder = temporaryFolders();

  it('is held by one process until released', async () => {
    const place = folder();
    const lock = await lockRun(place);
    await assert.rejects(lockRun(place), {
      kind: 'input',
      code: 'run-busy',
      message: new RegExp(`process ${process.pid} .*Stop that training first`),
    });
    await lock.release();
    await (await lockRun(place)).release();
    assert.deepEqual(readdirSync(place), []);
  });

  it('of a process that is gone is taken over, also when another has its id by now', async () => {
    const place = folder();
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.on('close', resolve));
    const holders = [
      { pid: child.pid, started: '1', host: hostname() },
      { pid: process.pid, started: '1', host: hostname() },
    ];
    for (const holder of holders) {
      writeFileSync(path.join(place, 'lock'), JSON.stringify(holder));
      await (await lockRun(place)).release();
    }
    writeFileSync(path.join(place, 'lock'), 'torn{');
    await (await lockRun(place)).release();
  });

  it('of another machine is respected', async () => {
    const place = folder();
    const holder = { pid: 1, started: '1', host: 'elsewhere' };
    writeFileSync(path.join(place, 'lock'), JSON.stringify(holder));
    await assert.rejects(lockRun(place), { code: 'run-busy', message: /on elsewhere/ });
  });

  it('goes to exactly one of many that want it at once', async () => {
    const place = folder();
    writeFileSync(path.join(place, 'lock'), 'stale');
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockRun(place)));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });
});

describe('folders of runs', () => {
  const folder = temporaryFolders();

  it('have names of their own, also in the same second', async () => {
    const place = path.join(folder(), 'new', 'runs');
    const now = new Date('2026-01-02T03:04:05Z');
    const first = await createRunFolder(place, '../my model', now);
    const second = await createRunFolder(place, '../my model', now);
    assert.equal(first.id, '20260102-030405--my-model');
    assert.equal(second.id, '20260102-030405--my-model-2');
    assert.deepEqual(readdirSync(place).sort(), [first.id, second.id]);
  });

  it('that cannot be made say where and why', async () => {
    const file = path.join(folder(), 'file');
    writeFileSync(file, '');
    await assert.rejects(createRunFolder(path.join(file, 'runs'), 'm', new Date()), {
      kind: 'environment',
      code: 'write-failed',
    });
  });

  it('of newer versions and of nothing are refused', async () => {
    const place = folder();
    await assert.rejects(readManifest(place), {
      code: 'not-a-run',
      message: /not the folder of a run/,
    });
    writeFileSync(path.join(place, 'manifest.json'), '{"format":99}');
    await assert.rejects(readManifest(place), { code: 'run-newer' });
  });
});

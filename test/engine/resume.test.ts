import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EngineClient } from '../../src/engine/client.ts';
import { newestCheckpoint } from '../../src/engine/runs/checkpoint.ts';
import { readStatistics } from '../../src/engine/runs/statisticsFile.ts';
import type { EndEvent, OpenRequest } from '../../src/protocol/engine.ts';
import { engineProcesses, listen, trainToEnd, until } from './processes.ts';
import { engineProgram, temporaryFolders, tinyGpt, writeModel } from './support.ts';

/** `NORMSCOPE_KILLS=50` for the long version. */
const kills = Number(process.env['NORMSCOPE_KILLS'] ?? 5);

interface Curve {
  readonly losses: readonly number[];
  readonly validations: readonly (readonly [number, number])[];
  readonly end: Pick<EndEvent, 'steps' | 'loss' | 'validationLoss' | 'parametersHash'>;
}

async function curveOf(directory: string, end: EndEvent): Promise<Curve> {
  const { steps, validations } = await readStatistics(path.join(directory, 'statistics.bin'));
  assert.deepEqual(
    steps.map(({ step }) => step),
    steps.map((_, index) => index),
    'every step is recorded once, in order',
  );
  const { loss, validationLoss, parametersHash } = end;
  return {
    losses: steps.map((record) => record.loss),
    validations: validations.map(({ step, loss: found }) => [step, found]),
    end: {
      steps: end.steps,
      loss,
      ...(validationLoss !== undefined && { validationLoss }),
      parametersHash,
    },
  };
}

describe('resuming', function () {
  this.timeout(60_000 + 10_000 * kills);
  const folder = temporaryFolders();
  const start = engineProcesses();

  async function unbroken(request: OpenRequest): Promise<Curve> {
    const client = await start();
    const heard = listen(client);
    const { directory } = await client.request('open', request);
    return curveOf(directory, await trainToEnd(client, heard));
  }

  const train = '  validate_every: 40\n  checkpoint_every: 3';
  const kinds = [
    ['AdamW: { lr: 3e-3 }', 'LayerNorm', Math.ceil(kills / 2)],
    ['SGD: { lr: 0.1, momentum: 0.9, nesterov: true }', 'LayerNorm', Math.floor(kills / 2)],
    // Its running statistics are state that the optimizer knows nothing of.
    ['SGD: { lr: 0.1, momentum: 0.9 }', 'BatchNorm1d', Math.floor(kills / 2)],
  ] as const;

  for (const [optimizer, norm, count] of kinds) {
    it(`after ${count} kills at random points loses no checkpoint and gives the unbroken curve, bit by bit (${optimizer}, ${norm})`, async () => {
      const text = tinyGpt({ optimizer, train, steps: 80 * count + 100, accumulate: 2 });
      const model = text.replaceAll('LayerNorm', norm);
      const request = writeModel(folder(), model);
      const expected = await unbroken(request);
      let resume: string | undefined;
      let acknowledged = 0;
      for (let kill = 0; kill < count; kill++) {
        const client = await start();
        const heard = listen(client);
        const info = await client.request('open', { ...request, ...(resume && { resume }) });
        resume = info.directory;
        assert.ok(info.step >= acknowledged, `resumed at ${info.step} after ${acknowledged}`);
        await client.request('train', {});
        await until(() => heard.checkpoints.length > 0 || heard.steps.length > 0, 'a sign');
        await new Promise((resolve) => setTimeout(resolve, 400 * Math.random()));
        process.kill(client.pid!, 'SIGKILL');
        await client.exited;
        assert.equal(heard.ends.length, 0, 'killed before its end');
        acknowledged = Math.max(acknowledged, ...heard.checkpoints);
        const { checkpoint, damaged } = await newestCheckpoint(path.join(resume, 'checkpoints'));
        assert.deepEqual(damaged, []);
        assert.ok(
          checkpoint && checkpoint.description.step >= acknowledged,
          'an acknowledged checkpoint is lost',
        );
      }
      const client = await start();
      const heard = listen(client);
      const { directory } = await client.request('open', { ...request, ...(resume && { resume }) });
      assert.deepEqual(await curveOf(directory, await trainToEnd(client, heard)), expected);
      assert.deepEqual(heard.warnings, []);
      const left = readdirSync(path.join(directory, 'checkpoints'));
      assert.ok(!left.some((name) => name.startsWith('.tmp-')), left.join());
    });
  }

  it('would lose checkpoints if they were written in place: the kills above can tell', async () => {
    const place = folder();
    const file = path.join(place, 'naive.bin');
    const script = `const fs = require('node:fs');
      const bytes = Buffer.alloc(20e6, 1);
      for (;;) { fs.writeFileSync(${JSON.stringify(file)}, bytes); process.stdout.write('.'); }`;
    let torn = 0;
    for (let kill = 0; kill < 40 && torn === 0; kill++) {
      const child = spawn(process.execPath, ['-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      child.stdout.resume();
      await new Promise((resolve) => setTimeout(resolve, 20 * Math.random()));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      if (readFileSync(file).length !== 20e6) torn++;
    }
    assert.ok(torn > 0);
  });

  /** A run of 20 steps that was stopped at step 12, with checkpoints of steps 9 and 12. */
  async function stopped(): Promise<{
    readonly request: OpenRequest;
    readonly directory: string;
    readonly expected: Curve;
  }> {
    const request = writeModel(folder(), tinyGpt({ train, steps: 20 }));
    const expected = await unbroken(request);
    const client = await start();
    const heard = listen(client);
    const { directory } = await client.request('open', request);
    await client.request('train', { steps: 12 });
    await until(() => heard.state === 'paused', 'the pause');
    await client.request('stop', null);
    client.dispose();
    await client.exited;
    return { request, directory, expected };
  }

  it('passes over a damaged checkpoint, says which, and gives the same curve from the one before', async () => {
    const { request, directory, expected } = await stopped();
    const newest = path.join(directory, 'checkpoints', 'step-0000000012', 'state.safetensors');
    truncateSync(newest, 1000);
    const client = await start();
    const heard = listen(client);
    const info = await client.request('open', { ...request, resume: directory });
    assert.equal(info.step, 9);
    assert.equal(heard.warnings[0]?.code, 'checkpoint-damaged');
    assert.match(heard.warnings[0].message, /step-0000000012.*An older one is used instead/);
    assert.deepEqual(await curveOf(directory, await trainToEnd(client, heard)), expected);
  });

  it('is refused without a checkpoint, with other settings, with other data, and from what is no run', async () => {
    const { request, directory } = await stopped();
    const client = await start();
    const refused = (changes: Partial<OpenRequest>, code: string): Promise<void> =>
      assert.rejects(client.request('open', { ...request, resume: directory, ...changes }), {
        kind: 'input',
        code,
      });
    await refused({ seed: 12 }, 'resume-changed');
    await refused({ overrides: ['train.batch=2'] }, 'resume-changed');
    await refused({ resume: folder() }, 'not-a-run');
    writeFileSync(
      path.join(path.dirname(request.modelPath), 'text.txt'),
      'another text '.repeat(300),
    );
    await refused({}, 'data-changed');
    rmSync(path.join(directory, 'checkpoints'), { recursive: true });
    await refused({}, 'no-checkpoint');
  });

  it('goes on with the text that the run began with, and says that the file has changed', async () => {
    const { request, directory, expected } = await stopped();
    const client = await start();
    const heard = listen(client);
    const changed = { ...request, modelText: tinyGpt({ steps: 99 }), resume: directory };
    assert.equal((await client.request('open', changed)).steps, 20);
    assert.equal(heard.warnings[0]?.code, 'model-changed');
    assert.deepEqual(await curveOf(directory, await trainToEnd(client, heard)), expected);
  });

  it('takes more steps in total when asked, and remembers them', async () => {
    const { request, directory } = await stopped();
    const client = await start();
    const heard = listen(client);
    const info = await client.request('open', { ...request, resume: directory, steps: 15 });
    assert.equal(info.steps, 15);
    assert.equal((await trainToEnd(client, heard)).steps, 15);
    client.dispose();
    await client.exited;
    const again = await start();
    assert.equal((await again.request('open', { ...request, resume: directory })).steps, 15);
  });

  it('of a run that another process trains is refused, and possible when that process is gone', async () => {
    const request = writeModel(folder(), tinyGpt({ train, steps: 100_000 }));
    const first = await start();
    const heard = listen(first);
    const { directory } = await first.request('open', request);
    await first.request('train', {});
    await until(() => heard.checkpoints.length > 1, 'checkpoints');
    const second = await start();
    const resumed = { ...request, resume: directory };
    await assert.rejects(second.request('open', resumed), {
      code: 'run-busy',
      message: new RegExp(`process ${first.pid} `),
    });
    const looked = await second.request('open', { ...resumed, purpose: 'look' });
    assert.ok(looked.step >= 0);
    process.kill(first.pid!, 'SIGKILL');
    await first.exited;
    const third = await start();
    assert.ok((await third.request('open', resumed)).step > 0);
  });
});

describe('a disk that cannot be written', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const start = engineProcesses();
  const train = '  validate_every: 0\n  checkpoint_every: 5';

  it('pauses the run with the place and the remedy; with room again it goes on as if nothing had been', async () => {
    const request = writeModel(folder(), tinyGpt({ train, steps: 60 }));
    const reference = await start();
    const referenceHeard = listen(reference);
    await reference.request('open', request);
    const expected = await trainToEnd(reference, referenceHeard);

    // A file that may not grow is the nearest thing to a full disk that needs no rights.
    const wrapper = path.join(folder(), 'node-with-limit');
    writeFileSync(wrapper, `#!/bin/sh\nulimit -S -f 40\nexec ${process.execPath} "$@"\n`, {
      mode: 0o755,
    });
    const client = new EngineClient(await engineProgram(), { execPath: wrapper });
    try {
      const heard = listen(client);
      const { directory } = await client.request('open', request);
      await client.request('train', {});
      await until(() => heard.last?.error !== undefined, 'the error');
      assert.equal(heard.state, 'paused');
      assert.deepEqual(
        [heard.last?.error?.kind, heard.last?.error?.code],
        ['environment', 'disk-full'],
      );
      assert.match(
        heard.last?.error?.message ?? '',
        /could not be written to .*Raise the limit and go on/,
      );
      await assert.rejects(client.request('stop', null), { code: 'disk-full' });
      execFileSync('prlimit', ['--pid', String(client.pid), '--fsize=unlimited']);
      const end = await trainToEnd(client, heard);
      assert.equal(end.parametersHash, expected.parametersHash);
      const { steps } = await readStatistics(path.join(directory, 'statistics.bin'));
      assert.equal(steps.length, 60);
    } finally {
      client.dispose();
      await client.exited;
    }
  });

  it('leaves the old checkpoints as they are when the folder goes away, and tries again', async () => {
    const client = await start();
    const heard = listen(client);
    const { directory } = await client.request(
      'open',
      writeModel(folder(), tinyGpt({ train, steps: 40 })),
    );
    await client.request('train', { steps: 7 });
    await until(() => heard.state === 'paused', 'the pause');
    const checkpoints = path.join(directory, 'checkpoints');
    const kept = `${checkpoints}-kept`;
    execFileSync('mv', [checkpoints, kept]);
    writeFileSync(checkpoints, 'not a folder');
    await client.request('train', {});
    await until(() => heard.last?.error !== undefined, 'the error');
    assert.deepEqual([heard.state, heard.last?.error?.code], ['paused', 'write-failed']);
    assert.equal(heard.last?.step, 10);
    rmSync(checkpoints);
    mkdirSync(kept, { recursive: true });
    execFileSync('mv', [kept, checkpoints]);
    assert.equal((await newestCheckpoint(checkpoints)).checkpoint?.description.step, 5);
    assert.equal((await trainToEnd(client, heard)).steps, 40);
    assert.deepEqual(readdirSync(checkpoints).sort(), ['step-0000000035', 'step-0000000040']);
  });

  it('is told at once when a new run cannot be made', async () => {
    const client = await start();
    const place = folder();
    const file = path.join(place, 'file');
    writeFileSync(file, '');
    const request = { ...writeModel(place, tinyGpt()), runsDirectory: path.join(file, 'runs') };
    await assert.rejects(client.request('open', request), {
      kind: 'environment',
      code: 'write-failed',
    });
  });
});

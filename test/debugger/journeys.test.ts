import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Client, Folder } from './stdio.ts';

/** Steps of the example take long enough for a journey over twenty of them to be seen and cancelled. */
describe('a journey that takes a while', function () {
  this.timeout(120_000);
  const folder = new Folder();
  const client = new Client();

  after(async () => {
    await client.stop();
    folder.dispose();
  });

  it('shows how far it has come, and stands where it is cancelled', async () => {
    const file = folder.copyExample('unstable-post-norm.model.yaml');
    await client.start();
    await client.initializeRequest({ adapterID: 'normscope', supportsProgressReporting: true });
    const initialized = client.waitForEvent('initialized');
    // One snapshot, before the first step: every journey computes all steps again.
    await client.ask('launch', { program: file, stopOnEntry: true, snapshotEvery: 1000 });
    await initialized;
    const entry = client.nextStop();
    await client.configurationDoneRequest();
    await entry;
    await client.move('normscope/goToStep', { step: 30 });

    const started = client.waitForEvent('progressStart');
    const stop = client.nextStop();
    await client.ask('normscope/goToStep', { step: 29 });
    const { body } = (await started) as DebugProtocol.ProgressStartEvent;
    assert.deepEqual([body.title, body.cancellable], ['Going to step 29', true]);
    const ended = client.waitForEvent('progressEnd');
    await client.ask('cancel', { progressId: body.progressId });
    await ended;
    assert.match(((await stop) as { readonly text?: string }).text ?? '', /cancelled at step \d+/);
    const [, step] = /^step (\d+)$/.exec((await client.names()).at(-1)!)!;
    assert.ok(Number(step) > 0 && Number(step) < 29, `it stands at step ${step}`);
    // It is a step of the run like any other: the way back to it is the same to the last bit.
    await client.move('stepBack');
    assert.deepEqual((await client.names()).slice(-2), ['update', `step ${Number(step) - 1}`]);
  });
});

import assert from 'node:assert/strict';
import path from 'node:path';
import { engineHost } from '../../src/debugger/engineHost.ts';
import { EngineClient } from '../../src/engine/client.ts';
import { InlineAdapter } from './adapter.ts';
import { Folder } from './stdio.ts';
import { tinyModel } from './tinyModel.ts';

const enginePath = path.resolve(import.meta.dirname, '../../dist/engine.cjs');

describe('an engine that is killed while its training stands still', () => {
  let folder: Folder;
  const engines: EngineClient[] = [];

  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(async () => {
    for (const engine of engines.splice(0)) {
      engine.dispose();
      await engine.exited;
    }
    folder.dispose();
  });

  it('ends the session with a message that says how to go on', async () => {
    const host = engineHost(() => {
      const engine = new EngineClient(enginePath);
      engines.push(engine);
      return engine;
    });
    const adapter = new InlineAdapter(host);
    await adapter.stopOnEntry({}, folder.write('tiny.model.yaml', tinyModel));
    const terminated = adapter.event('terminated');
    process.kill(engines[0]!.pid!, 'SIGKILL');
    await terminated;
    const outputs = adapter.messages.filter((m) => 'event' in m && m.event === 'output');
    const texts = outputs.map(({ body }) => (body as { readonly output: string }).output).join('');
    assert.match(texts, /ended by SIGKILL .* resumed from its last checkpoint/);
    const answer = await adapter.send('stepIn', { threadId: 1 });
    assert.equal(answer.success, false);
  });

  it('does not hold up another session', async () => {
    const host = engineHost(() => {
      const engine = new EngineClient(enginePath);
      engines.push(engine);
      return engine;
    });
    const adapters = [new InlineAdapter(host), new InlineAdapter(host)];
    const file = folder.write('tiny.model.yaml', tinyModel);
    await Promise.all(adapters.map((adapter) => adapter.stopOnEntry({}, file)));
    process.kill(engines[0]!.pid!, 'SIGKILL');
    const living = adapters.map(async (adapter) => (await adapter.send('threads')).success);
    assert.deepEqual(await Promise.all(living), [true, true]);
    const moved = adapters.map((adapter) => adapter.send('stackTrace', { threadId: 1 }));
    assert.ok((await Promise.all(moved)).some(({ success }) => success));
    await Promise.all(adapters.map((adapter) => adapter.send('disconnect', {})));
  });
});

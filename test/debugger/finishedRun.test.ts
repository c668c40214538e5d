import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Client, Folder, trainPlainly } from './stdio.ts';
import { tinyModel } from './tinyModel.ts';

describe('a finished run that is debugged', function () {
  this.timeout(120_000);
  const folder = new Folder();
  const client = new Client();

  after(async () => {
    await client.stop();
    folder.dispose();
  });

  it('stands at its end, goes back from there, and ends', async () => {
    const told: string[] = [];
    client.on('output', ({ body }: DebugProtocol.OutputEvent) => told.push(body.output));
    const program = folder.write('tiny.model.yaml', tinyModel);
    const runsDirectory = path.join(folder.path, 'runs');
    const request = { modelPath: program, modelText: tinyModel, overrides: [], runsDirectory };
    await trainPlainly({ ...request, threads: 1 });
    const [run] = readdirSync(runsDirectory);
    const entry = client.nextStop();
    await client.begin({ program, resume: path.join(runsDirectory, run!), stopOnEntry: true });
    await entry;
    assert.deepEqual(
      (await client.stack()).map(({ name }) => name),
      [`tiny, run ${run}`],
    );
    assert.match(told.join(''), /All steps are taken \(40\)/);
    await client.move('stepBack');
    assert.deepEqual((await client.names()).slice(-2), ['update', 'step 39']);
    assert.match(told.join(''), /Step 39: \d+ steps computed again; all parameters are those of/);
    await client.move('normscope/goToStep', { step: 3 });
    assert.equal((await client.names()).at(-1), 'step 3');
    await client.move('normscope/goToStep', { step: 40 });
    assert.equal((await client.stack()).length, 1);
    assert.doesNotMatch(told.join(''), /nowhere/);
    const terminated = client.waitForEvent('terminated');
    await client.ask('continue', { threadId: 1 });
    await terminated;
  });
});

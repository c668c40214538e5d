import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { InlineAdapter, source } from './adapter.ts';
import { elementAt, smallModel, smallSteps } from './fakeEngine.ts';

type Stack = DebugProtocol.StackTraceResponse['body'];
type Variables = DebugProtocol.VariablesResponse['body'];
type Scopes = DebugProtocol.ScopesResponse['body'];
type Breakpoints = DebugProtocol.SetBreakpointsResponse['body'];

const instruction = { granularity: 'instruction', threadId: 1 };

async function stackOf(adapter: InlineAdapter): Promise<readonly DebugProtocol.StackFrame[]> {
  const { stackFrames } = await adapter.ask<Stack>('stackTrace', { threadId: 1 });
  return stackFrames;
}

async function setLines(adapter: InlineAdapter, ...breakpoints: object[]): Promise<Breakpoints> {
  return adapter.ask<Breakpoints>('setBreakpoints', { source, breakpoints });
}

function textOf(stop: DebugProtocol.Event): string {
  return (stop.body as { readonly text: string }).text;
}

describe('debug adapter', () => {
  let adapter: InlineAdapter;
  beforeEach(() => {
    adapter = new InlineAdapter();
  });

  const namesOf = async (): Promise<readonly string[]> =>
    (await stackOf(adapter)).map(({ name }) => name);

  it('stands at the first layer, with the whole stack', async () => {
    await adapter.stopOnEntry();
    const frames = await stackOf(adapter);
    assert.deepEqual(
      frames.map(({ name, line }) => [name, line]),
      [
        ['start (Linear)', 3],
        ['forward', 3],
        ['step 0', 3],
        ['small, run run-1', 1],
      ],
    );
    assert.equal(frames[0]?.source?.path, source.path);
  });

  it('walks forward, through loss, backward and update into the next step', async () => {
    await adapter.stopOnEntry();
    const visited: string[] = [];
    for (let move = 0; move < 10; move++) {
      await adapter.move('next');
      const names = await namesOf();
      visited.push(`${names.at(-3)} ${names[0]}`);
    }
    assert.deepEqual(visited.slice(0, 6), [
      'forward blocks (Repeat)',
      'forward end (Linear)',
      'loss loss (CrossEntropyLoss)',
      'backward end (Linear)',
      'backward blocks (Repeat)',
      'backward start (Linear)',
    ]);
    assert.equal(visited.at(-1), 'forward start (Linear)');
    assert.equal((await namesOf()).at(-2), 'step 1');
  });

  it('steps back, also into the step before, and stays at the very first moment', async () => {
    await adapter.stopOnEntry();
    await adapter.move('stepBack');
    assert.deepEqual((await namesOf())[0], 'start (Linear)');
    await adapter.move('normscope/nextStep');
    await adapter.move('stepBack');
    const names = await namesOf();
    assert.equal(names.at(-2), 'step 0');
    assert.equal(names.at(-3), 'update');
  });

  it('still knows the frames of the last stop, but not older ones', async () => {
    await adapter.stopOnEntry();
    const [old] = await stackOf(adapter);
    const scopes = async (): Promise<DebugProtocol.Response> =>
      adapter.send('scopes', { frameId: old?.id });
    await adapter.move('next');
    assert.equal((await scopes()).success, true);
    await adapter.move('next');
    assert.equal((await scopes()).success, false);
  });

  it('shows shape and statistics of a tensor first, then its elements by page', async () => {
    await adapter.stopOnEntry();
    const [frame] = await stackOf(adapter);
    const { scopes } = await adapter.ask<Scopes>('scopes', { frameId: frame?.id });
    assert.deepEqual(
      scopes.map(({ name }) => name),
      ['Input', 'Output', 'Parameters', 'Gradients', 'Hyperparameters', 'Batch', 'Operation'],
    );
    const variables = async (values: object): Promise<Variables['variables']> =>
      (await adapter.ask<Variables>('variables', values)).variables;
    const [output] = await variables({ variablesReference: scopes[1]?.variablesReference });
    assert.equal(output?.value, 'float32[2, 4]  µ 0.875  σ² 0.3281');
    const reference = { variablesReference: output.variablesReference };
    const named = await variables({ ...reference, filter: 'named' });
    assert.deepEqual(
      named.map(({ name, value }) => `${name} ${value}`),
      [
        'shape [2, 4]',
        'dtype float32',
        'mean 0.875',
        'var 0.3281',
        'min 0',
        'max 1.75',
        'non-finite 0',
        'kurtosis 1.762',
      ],
    );
    const page = await variables({ ...reference, filter: 'indexed', start: 1, count: 1 });
    assert.deepEqual(
      page.map(({ name }) => name),
      ['[1]'],
    );
    const row = await variables({
      variablesReference: page[0]?.variablesReference,
      filter: 'indexed',
    });
    assert.deepEqual(
      row.map(({ value }) => Number(value)),
      [4, 5, 6, 7].map((index) => elementAt(0, index)),
    );
    const bytes = await adapter.ask<{ readonly data: string; readonly unreadableBytes: number }>(
      'readMemory',
      { memoryReference: page[0]?.memoryReference, offset: 4, count: 100 },
    );
    const buffer = Buffer.from(bytes.data, 'base64');
    assert.equal(buffer.readFloatLE(0), elementAt(0, 5));
    assert.equal(bytes.unreadableBytes, 100 - 12);
  });

  it('moves a breakpoint to the line of its layer, and means all instances of that line', async () => {
    await adapter.stopOnEntry();
    const { breakpoints } = await setLines(
      adapter,
      { line: 12 },
      { line: 10 },
      { line: 13 },
      { line: 40 },
    );
    assert.deepEqual(
      breakpoints.map(({ line, verified }) => [line, verified]),
      [
        [8, true],
        [10, true],
        [13, true],
        [40, false],
      ],
    );
    assert.match(breakpoints[3]?.message ?? '', /No layer begins/);
    assert.deepEqual(
      adapter.fake.breakpoints.map(({ path }) => path),
      [
        '{blocks.0.main,blocks.1.main}',
        '{blocks.0.main.norm,blocks.1.main.norm}',
        '{blocks.0.main.0,blocks.1.main.0}',
      ],
    );
  });

  it('stops at breakpoints that lie on the way, forward, backward and when reversing', async () => {
    await adapter.stopOnEntry();
    await setLines(adapter, { line: 13 }, { line: 14, mode: 'backward' });
    const tops: string[] = [];
    for (const command of ['next', 'continue', 'continue', 'reverseContinue', 'reverseContinue']) {
      await adapter.move(command);
      const frames = await stackOf(adapter);
      tops.push(
        frames
          .slice(0, -2)
          .map(({ name }) => name)
          .join(' < '),
      );
    }
    const inBlock = (block: number): string =>
      `0 (Linear) < main (Residual) < ${block} (Sequential) < blocks (Repeat) < forward`;
    assert.deepEqual(tops, [
      inBlock(0),
      inBlock(1),
      'end (Linear) < backward',
      inBlock(1),
      inBlock(0),
    ]);
    assert.match(textOf(await adapter.move('reverseContinue')), /No breakpoint held/);
  });

  it('goes on training after the last breakpoint of a step, and stops in the next one', async () => {
    await adapter.stopOnEntry();
    await setLines(adapter, { line: 14 });
    await adapter.move('continue');
    const stop = await adapter.move('continue');
    assert.equal((stop.body as { readonly reason: string }).reason, 'breakpoint');
    assert.equal((await namesOf()).at(-2), 'step 1');
  });

  it('goes to a step, and to a layer of this step', async () => {
    await adapter.stopOnEntry();
    await adapter.move('normscope/runToStep', { step: 3 });
    assert.equal((await namesOf()).at(-2), 'step 3');
    await adapter.move('normscope/goToStep', { step: 1 });
    assert.equal((await namesOf()).at(-2), 'step 1');
    const { targets } = await adapter.ask<DebugProtocol.GotoTargetsResponse['body']>(
      'gotoTargets',
      {
        source,
        line: 14,
      },
    );
    assert.deepEqual(
      targets.map(({ label }) => label),
      ['forward: end', 'backward: end', 'update: end.weight'],
    );
    await adapter.move('goto', { threadId: 1, targetId: targets[1]?.id });
    assert.equal((await namesOf())[0], 'end (Linear)');
    assert.equal((await namesOf())[1], 'backward');
  });

  it('goes forward to where the run has been without stopping on the way, and trains to get further', async () => {
    await adapter.stopOnEntry();
    await adapter.move('normscope/runToStep', { step: 3 });
    await adapter.move('normscope/goToStep', { step: 0 });
    await setLines(adapter, { line: 14 });
    const reasonOf = ({ body }: DebugProtocol.Event): string =>
      (body as { readonly reason: string }).reason;
    assert.equal(reasonOf(await adapter.move('normscope/goToStep', { step: 2 })), 'goto');
    assert.equal((await namesOf()).at(-2), 'step 2');
    const trains = adapter.event('continued');
    assert.equal(reasonOf(await adapter.move('normscope/goToStep', { step: 4 })), 'breakpoint');
    await trains;
    assert.equal((await namesOf()).at(-2), 'step 3');
  });

  it('counts the hits of a breakpoint on from those of the steps before', async () => {
    await adapter.stopOnEntry();
    // The engine counted one hit for each step; line 13 is passed twice in each.
    await adapter.move('normscope/runToStep', { step: 2 });
    await setLines(adapter, { line: 13, hitCondition: '4' });
    await adapter.move('continue');
    const names = await namesOf();
    assert.deepEqual([names[2], names.at(-2)], ['1 (Sequential)', 'step 2']);
  });

  it('runs a frame again from its beginning', async () => {
    await adapter.stopOnEntry();
    await adapter.move('next');
    const frame = async (name: string): Promise<number | undefined> =>
      (await stackOf(adapter)).find((each) => each.name.startsWith(name))?.id;
    await adapter.move('restartFrame', { frameId: await frame('blocks') });
    assert.deepEqual((await namesOf()).slice(0, 3), [
      'norm (LayerNorm)',
      'main (Residual)',
      '0 (Sequential)',
    ]);
    for (let move = 0; move < 4; move++) await adapter.move('stepOut');
    assert.equal((await namesOf())[1], 'loss');
    await adapter.move('normscope/nextStep');
    await adapter.move('next');
    await adapter.move('restartFrame', { frameId: await frame('step 1') });
    assert.deepEqual((await namesOf()).slice(0, 3), ['start (Linear)', 'forward', 'step 1']);
    await adapter.move('restartFrame', { frameId: await frame('small, run') });
    assert.equal((await namesOf())[2], 'step 0');
  });

  it('shows how far a replay has come, and passes on that it is cancelled', async () => {
    await adapter.stopOnEntry({ supportsProgressReporting: true });
    await adapter.move('normscope/runToStep', { step: 3 });
    const started = adapter.event('progressStart');
    const stop = adapter.event('stopped');
    adapter.fake.replayUntilCancelled = true;
    await adapter.ask('normscope/goToStep', { step: 2 });
    const { progressId } = (await started).body as { readonly progressId: string };
    await adapter.ask('cancel', { progressId });
    await stop;
    assert.equal((await namesOf()).at(-2), 'step 1', 'it stands where it had come to');
    const events = adapter.messages.flatMap((m) => ('event' in m ? [m.event] : []));
    assert.deepEqual(
      events.filter((event) => event.startsWith('progress')),
      ['progressStart', 'progressUpdate', 'progressEnd'],
    );
  });

  it('trains on from an earlier step, and says that it does', async () => {
    await adapter.stopOnEntry();
    await adapter.move('normscope/runToStep', { step: 3 });
    await setLines(adapter, { line: 14 });
    const continued = adapter.event('continued');
    const stop = adapter.event('stopped');
    await adapter.ask('normscope/resumeFrom', { step: 1 });
    await continued;
    await stop;
    assert.equal((await namesOf()).at(-2), 'step 2');
  });

  it('has no next epoch where the data has no end', async () => {
    await adapter.stopOnEntry();
    assert.match(textOf(await adapter.move('normscope/nextEpoch')), /no epochs/);
  });

  it('tells once that the model was edited, and goes on with the old text', async () => {
    await adapter.stopOnEntry();
    adapter.text = `${smallModel}\n# edited`;
    const edited = adapter.event('normscope/modelEdited');
    await adapter.move('next');
    await edited;
    await adapter.move('next');
    const { messages } = adapter;
    const told = messages.filter((m) => 'event' in m && m.event === 'normscope/modelEdited');
    assert.equal(told.length, 1);
    assert.equal((await namesOf())[0], 'end (Linear)');
  });

  it('ends with a message when the engine dies while it stands still', async () => {
    await adapter.stopOnEntry();
    const terminated = adapter.event('terminated');
    adapter.fake.lost.fire({ kind: 'environment', code: 'engine-lost', message: 'It was killed.' });
    await terminated;
    const outputs = adapter.messages.filter((m) => 'event' in m && m.event === 'output');
    const texts = outputs.map(({ body }) => (body as { readonly output: string }).output);
    assert.ok(texts.some((text) => text.includes('It was killed.')));
    const late = await adapter.send('next', { threadId: 1 });
    assert.equal(late.success, false);
  });

  it('ends with the run', async () => {
    await adapter.stopOnEntry();
    const terminated = adapter.event('terminated');
    await adapter.ask('continue', { threadId: 1 });
    await terminated;
    assert.equal(adapter.fake.step, smallSteps);
  });
});

describe('stepping by operations', () => {
  let adapter: InlineAdapter;
  beforeEach(async () => {
    adapter = new InlineAdapter();
    await adapter.stopOnEntry();
  });

  type Lines = DebugProtocol.DisassembleResponse['body'];

  const pointer = async (): Promise<string> =>
    (await stackOf(adapter))[0]!.instructionPointerReference!;
  const disassemble = async (memoryReference: string, instructionOffset: number, count: number) => {
    const request = { memoryReference, instructionOffset, instructionCount: count };
    return (await adapter.ask<NonNullable<Lines>>('disassemble', request)).instructions;
  };

  it('lists the operations around the frame, and marks what lies outside', async () => {
    const [outside, nobodys, first, last] = await disassemble(await pointer(), -3, 4);
    assert.equal(outside?.presentationHint, 'invalid');
    assert.deepEqual([nobodys?.symbol, nobodys?.line], ['forward', undefined]);
    assert.equal(first?.instruction, '%2 float32[2, 4] = Add(%1)');
    assert.deepEqual([last?.symbol, last?.line], ['forward start', 3]);
    const addresses = [outside, nobodys, first, last].map((line) => Number(line?.address));
    assert.deepEqual(
      addresses.map((address) => address - addresses[0]!),
      [0, 1, 2, 3],
    );
    assert.equal((await disassemble(await pointer(), 10_000, 5)).length, 5);
  });

  it('moves by one operation, back and forth, and shows what it reads and writes', async () => {
    await adapter.move('next', instruction);
    const [inside] = await stackOf(adapter);
    assert.equal(inside?.name, 'norm (LayerNorm)');
    const { scopes } = await adapter.ask<Scopes>('scopes', { frameId: inside.id });
    const scope = scopes.find(({ name }) => name === 'Operation');
    assert.equal(scope?.expensive, false);
    const { variablesReference } = scope;
    const { variables } = await adapter.ask<Variables>('variables', { variablesReference });
    assert.deepEqual(
      variables.map(({ name, evaluateName }) => [name, evaluateName]),
      [
        ['op', undefined],
        ['reads %3', '`%3`'],
        ['writes %4', '`%4`'],
      ],
    );
    await adapter.move('next', instruction);
    assert.equal((await stackOf(adapter))[0]?.name, 'norm (LayerNorm)');
    for (let move = 0; move < 2; move++) await adapter.move('stepBack', instruction);
    assert.equal((await stackOf(adapter))[0]?.name, 'start (Linear)');
    await adapter.move('stepBack', instruction);
    assert.match(textOf(await adapter.move('stepBack', instruction)), /nothing before it/);
  });

  it('goes from the last operation of a step to the next step, and back', async () => {
    await adapter.move('goto', { threadId: 1, targetId: await targetOf(14, 'update: end.weight') });
    await adapter.move('next', instruction);
    assert.equal((await stackOf(adapter)).at(-2)?.name, 'step 1');
    await adapter.move('stepBack', instruction);
    await adapter.move('stepBack', instruction);
    const names = (await stackOf(adapter)).map(({ name }) => name);
    assert.deepEqual([names[0], names.at(-2)], ['end.weight (Linear)', 'step 0']);
  });

  it('stops at operations, also inside of the layer it stands at', async () => {
    const moment = (await pointer()).replace('0', '1');
    const [first] = await disassemble(moment, -1, 1);
    const set = async (...breakpoints: object[]): Promise<Breakpoints> =>
      adapter.ask<Breakpoints>('setInstructionBreakpoints', { breakpoints });
    const { breakpoints } = await set(
      { instructionReference: first?.address },
      { instructionReference: moment },
      { instructionReference: '0x1' },
      { instructionReference: 'nonsense' },
    );
    assert.deepEqual(
      breakpoints.map(({ verified }) => verified),
      [true, true, false, false],
    );
    for (const hit of [0, 1]) {
      const stop = await adapter.move('continue');
      const { hitBreakpointIds } = stop.body as { readonly hitBreakpointIds: readonly number[] };
      assert.deepEqual(hitBreakpointIds.includes(breakpoints[hit]!.id!), true);
      assert.equal(Number(await pointer()), Number(first?.address) + hit);
    }
    await adapter.move('reverseContinue');
    assert.equal(await pointer(), first?.address);
  });

  async function targetOf(line: number, label: string): Promise<number | undefined> {
    type Targets = DebugProtocol.GotoTargetsResponse['body'];
    const { targets } = await adapter.ask<Targets>('gotoTargets', { source, line });
    return targets.find((target) => target.label === label)?.id;
  }
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Client, Folder, probePlainly, trainPlainly, type TakenStep } from './stdio.ts';

/** Relative; the charts' numbers are means over rows in float32, a record's are over all elements in float64. */
const tolerance = 1e-5;
const attentionNorms = ['blocks.0.attention.norm', 'blocks.1.attention.norm'];
const steps = 14;
const small = { 'let.depth': 2, 'let.width': 32, 'let.context': 16, 'train.schedule.warmup': 0 };
const overrides = Object.entries(small).map(([name, value]) => `${name}=${value}`);

function near(actual: number, expected: number, what: string): void {
  const error = Math.abs(actual - expected) / Math.max(1e-9, Math.abs(expected));
  assert.ok(error <= tolerance, `${what}: ${actual} is not ${expected}`);
}

/** The whole story of the debugger, told to a client of the protocol over standard input and output. */
describe('the debugger on the char-GPT', function () {
  this.timeout(300_000);
  const folder = new Folder();
  const client = new Client();
  const told: string[] = [];
  let file: string;
  let line: number;
  let taken: readonly TakenStep[];
  let bound: number;
  let first: number;

  /** Steps in which the condition holds at one of the norms, as the statistics of the plain run say. */
  const holding = (): readonly number[] =>
    taken.flatMap(({ varianceBefore }, step) => {
      return attentionNorms.some((norm) => varianceBefore.get(norm)! > bound) ? [step] : [];
    });
  const stepNow = async (): Promise<string> => (await client.names()).at(-1)!;
  const phaseNow = async (): Promise<string> => (await client.names()).at(-2)!;

  before(async () => {
    file = folder.copyExample('char-gpt.model.yaml', 'moby-dick.txt');
    const modelText = readFileSync(file, 'utf8');
    line = modelText.split('\n').findIndex((text) => text.includes('norm: { LayerNorm')) + 1;
    const request = { modelPath: file, modelText, overrides, threads: 1, steps };
    taken = await trainPlainly(request);
    // A bound that is passed for the first time some steps into the run.
    const highest = taken.map(({ varianceBefore }) =>
      Math.max(...attentionNorms.map((norm) => varianceBefore.get(norm)!)),
    );
    first = highest.findIndex(
      (value, step) => step >= 4 && value > Math.max(...highest.slice(0, step)),
    );
    assert.ok(first > 0 && first < steps - 4, `the variance does not grow: ${highest.join(', ')}`);
    bound = (Math.max(...highest.slice(0, first)) + highest[first]!) / 2;
    client.on('output', ({ body }: DebugProtocol.OutputEvent) => told.push(body.output));
  });
  after(async () => {
    await client.stop();
    folder.dispose();
  });

  it('stops by a condition in the step that scanning the statistics finds', async () => {
    const condition = `var(in) > ${bound}`;
    await client.begin({ program: file, steps, threads: 1, set: small, snapshotEvery: 5 }, () =>
      client.setLines(file, { line, condition }),
    );
    const stop = await client.nextStop();
    assert.equal(stop.reason, 'breakpoint');
    const norm = attentionNorms.findIndex(
      (path) => taken[first]!.varianceBefore.get(path)! > bound,
    );
    assert.deepEqual(await client.names(), [
      'norm (LayerNorm)',
      'attention (Residual)',
      `${norm} (Block)`,
      'blocks (Repeat)',
      'forward',
      `step ${first}`,
    ]);
    const value = taken[first]!.varianceBefore.get(attentionNorms[norm]!)!;
    near(await client.evaluate('var(in)'), value, 'variance before the norm');
    near(await client.evaluate('loss'), taken[first]!.loss, 'loss');
  });

  it('walks forward, backward and through the update of this very step, and back', async () => {
    await client.setLines(file);
    const phases: string[] = [];
    while (phases.at(-1) !== 'update') {
      await client.move('stepOut');
      const phase = await phaseNow();
      if (phase !== phases.at(-1)) phases.push(phase);
      assert.equal(await stepNow(), `step ${first}`);
    }
    assert.deepEqual(phases, ['forward', 'loss', 'backward', 'update']);
    assert.equal((await client.names())[0], 'tokens.weight (Embedding)');
    const ratio = await client.evaluate('updateRatio(weight)');
    assert.ok(ratio < 0 && ratio > -5, `update ratio ${ratio}`);
    await client.move('stepBack');
    assert.deepEqual(
      [(await client.names())[0], await phaseNow()],
      ['tokens (Embedding)', 'backward'],
    );
    assert.ok((await client.evaluate('norm(grad:weight)')) > 0);
  });

  it('reverses to the last place where the condition held, across steps', async () => {
    await client.setLines(file, { line, condition: `var(in) > ${bound}` });
    await client.move('reverseContinue');
    assert.deepEqual([await phaseNow(), await stepNow()], ['forward', `step ${first}`]);
    await client.setLines(file);
    await client.move('normscope/runToStep', { step: steps - 1 });
    await client.setLines(file, { line, condition: `var(in) > ${bound}` });
    const expected = holding().findLast((step) => step < steps - 1)!;
    await client.move('reverseContinue');
    assert.equal(await stepNow(), `step ${expected}`);
    near(await client.evaluate('loss'), taken[expected]!.loss, 'loss of the step gone back to');
  });

  it('goes to the first step, with proof, where three layers hold what probe says', async () => {
    told.length = 0;
    await client.move('normscope/goToStep', { step: 0 });
    assert.match(told.join(''), /Step 0: 0 steps computed again; all parameters are those of/);
    const modelText = readFileSync(file, 'utf8');
    const request = { modelPath: file, modelText, overrides, threads: 1, steps };
    const names = ['blocks.0.attention.0.out', 'blocks.1.mlp.norm.grad:in', 'head.out'];
    const { taps, loss } = await probePlainly(request, `{${names.join(',')}}`);
    near(await client.evaluate('loss'), loss, 'loss');
    for (const name of names) {
      const report = taps[name]!;
      // A slice is over all elements, as in the report; a norm's own taps are per token else.
      for (const statistic of ['mean', 'var', 'min', 'max'] as const) {
        const value = await client.evaluate(`${statistic}(\`${name}\`[:])`);
        const scale = Math.max(Math.abs(report[statistic]), Math.sqrt(report.var));
        assert.ok(
          Math.abs(value - report[statistic]) <= tolerance * scale,
          `${statistic} of ${name}: ${value} is not ${report[statistic]}`,
        );
      }
    }
  });

  it('shows the text of the batch', async () => {
    const [row] = await client.vectors('Batch', 'input');
    assert.match(row!.value, /^\[16\] {2}".{10,}"$/);
  });

  it('walks the operations of a layer', async () => {
    const instruction = { granularity: 'instruction' };
    const [frame] = await client.stack();
    const { instructions } = await client.ask<
      NonNullable<DebugProtocol.DisassembleResponse['body']>
    >('disassemble', { memoryReference: frame?.instructionPointerReference, instructionCount: 5 });
    assert.match(instructions[0]!.instruction, /^tokens\.out float32\[12, 16, 32\] = Gather\(/);
    await client.move('stepIn', instruction);
    assert.notEqual((await client.names())[0], 'tokens (Embedding)');
    await client.move('stepBack', instruction);
    assert.equal((await client.names())[0], 'tokens (Embedding)');
  });

  it('stands at the loss itself, and stops at an operation of its gradient', async () => {
    type Lines = NonNullable<DebugProtocol.DisassembleResponse['body']>;
    await client.setLines(file);
    await client.move('stepOut');
    const pointer = async (): Promise<string> =>
      (await client.stack())[0]!.instructionPointerReference!;
    const { instructions } = await client.ask<Lines>('disassemble', {
      memoryReference: await pointer(),
      instructionCount: 3,
    });
    assert.match(instructions[0]!.instruction, /^loss\.out /);
    const [, gradient] = instructions;
    await client.ask('setInstructionBreakpoints', {
      breakpoints: [{ instructionReference: gradient?.address }],
    });
    await client.move('continue');
    assert.equal(await pointer(), gradient?.address);
    await client.ask('setInstructionBreakpoints', { breakpoints: [] });
    await client.move('normscope/goToStep', { step: 0 });
  });

  it('stands at the very first moment, and ends with the run at the very last', async () => {
    await client.setLines(file);
    await client.move('stepBack');
    assert.match(told.join(''), /nothing before it/);
    await client.move('normscope/goToStep', { step: steps - 1 });
    assert.equal(await stepNow(), `step ${steps - 1}`);
    while ((await phaseNow()) !== 'update') await client.move('stepOut');
    const terminated = client.waitForEvent('terminated');
    await client.ask('stepOut', { threadId: 1 });
    await terminated;
  });
});

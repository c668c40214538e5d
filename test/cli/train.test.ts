import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { decodeSafetensors } from '../../src/engine/data/safetensors.ts';
import { idx } from '../engine/sampleFiles.ts';
import { parseLines, tinyModel, useCli, type JsonLine } from './support.ts';

function eventsOf(lines: readonly JsonLine[], event: string): readonly JsonLine[] {
  return lines.filter((line) => line.event === event);
}

function lossesOf(lines: readonly JsonLine[]): readonly unknown[] {
  return eventsOf(lines, 'step').map(({ loss }) => loss);
}

describe('normscope train', () => {
  const cli = useCli({ 'tiny.model.yaml': tinyModel });

  it('prints steps, validations and the end, one JSON object a line', async () => {
    const lines = await cli().json('train', 'tiny.model.yaml');
    const steps = eventsOf(lines, 'step');
    assert.deepEqual(
      steps.map(({ step }) => step),
      Array.from({ length: 40 }, (_, step) => step),
    );
    for (const line of steps) {
      assert.deepEqual(Object.keys(line), [
        ...['event', 'step', 'loss', 'accuracy', 'lr', 'gradNorm', 'norms'],
      ]);
      const norms = line['norms'] as Record<string, { in: object; out: { var: number } }>;
      assert.deepEqual(Object.keys(norms).sort(), ['2', 'block.norm']);
      assert.deepEqual(Object.keys(norms['2']!.in), ['mean', 'var']);
    }
    // A LayerNorm begins with gain 1 and bias 0: variance 1 after it, up to eps / var.
    const first = steps[0]?.['norms'] as Record<string, { out: { mean: number; var: number } }>;
    assert.ok(Math.abs(first['2']!.out.mean) < 1e-6);
    assert.ok(Math.abs(first['2']!.out.var - 1) < 1e-3);
    assert.deepEqual(
      eventsOf(lines, 'validation').map(({ step }) => step),
      [20, 40],
    );
    const end = lines.at(-1)!;
    assert.deepEqual(Object.keys(end), [
      ...['event', 'steps', 'loss', 'validationLoss', 'validationAccuracy'],
      ...['seconds', 'stepsPerSecond', 'parametersHash'],
    ]);
    assert.equal(end['steps'], 40);
    assert.equal(end['loss'], steps.at(-1)?.['loss']);
    assert.match(String(end['parametersHash']), /^[0-9a-f]{64}$/);
    assert.ok(Number(end['loss']) < 0.5 * Number(steps[0]?.['loss']), 'the loss falls');
  });

  it('gives the same losses and parameters again, others with another seed', async () => {
    const first = await cli().json('train', 'tiny.model.yaml', '--steps', '10');
    const second = await cli().json('train', 'tiny.model.yaml', '--steps', '10');
    const other = await cli().json('train', 'tiny.model.yaml', '--steps', '10', '--seed', '5');
    assert.deepEqual(lossesOf(second), lossesOf(first));
    assert.equal(second.at(-1)?.['parametersHash'], first.at(-1)?.['parametersHash']);
    assert.notEqual(other.at(-1)?.['parametersHash'], first.at(-1)?.['parametersHash']);
  });

  it('goes on with a run, by id and by folder, as if it had never stopped', async () => {
    const whole = await cli().json('train', 'tiny.model.yaml', '--steps', '30');
    await cli().json('train', 'tiny.model.yaml', '--steps', '10', '--out', 'mine');
    const [id] = readdirSync(cli().path('mine'));
    const middle = await cli().json(
      ...['train', 'tiny.model.yaml', '--out', 'mine', '--resume', id!, '--steps', '20'],
    );
    assert.deepEqual(lossesOf(middle), lossesOf(whole).slice(10, 20));
    const rest = await cli().json(
      ...['train', 'tiny.model.yaml', '--resume', `mine/${id!}`, '--steps', '30'],
    );
    assert.deepEqual(lossesOf(rest), lossesOf(whole).slice(20));
    assert.equal(rest.at(-1)?.['steps'], 30);
    assert.equal(rest.at(-1)?.['parametersHash'], whole.at(-1)?.['parametersHash']);
    const none = await cli().json(
      ...['train', 'tiny.model.yaml', '--resume', `mine/${id!}`, '--steps', '30'],
    );
    assert.deepEqual(lossesOf(none), [], 'no step is left');
    const told = (line: JsonLine | undefined) => [line?.['steps'], line?.['loss']];
    assert.deepEqual(told(none.at(-1)), told(rest.at(-1)), 'it ends with what it had reached');
  });

  it('refuses to take no steps, with the least there is', async () => {
    for (const parameters of [
      ['--steps', '0'],
      ['--set', 'train.steps=0'],
    ]) {
      const { code, stderr } = await cli().run('train', 'tiny.model.yaml', ...parameters);
      assert.notEqual(code, 0);
      assert.match(stderr, /at least 1/);
    }
    assert.equal(existsSync(cli().path('.normscope')), false, 'no run was begun');
  });

  it('exports parameters whose hash is the one it printed, and starts from them', async () => {
    const lines = await cli().json('train', 'tiny.model.yaml');
    const [id] = cli().runs();
    const exported = await cli().run('export', id!, '--safetensors', 'out/weights.safetensors');
    assert.equal(exported.code, 0, exported.stderr);
    const bytes = readFileSync(cli().path('out/weights.safetensors'));
    const { tensors } = decodeSafetensors(bytes, 'weights');
    assert.deepEqual(tensors.get('block.0.weight')?.shape, [8, 8]);
    const hash = createHash('sha256');
    for (const { data } of tensors.values()) hash.update(data);
    assert.equal(hash.digest('hex'), lines.at(-1)?.['parametersHash']);
    const again = await cli().json(
      ...['train', 'tiny.model.yaml', '--init-from', 'out/weights.safetensors', '--steps', '1'],
    );
    assert.ok(Number(again[0]?.['loss']) < 0.5 * Number(lines[0]?.['loss']));
  });

  it('tells people the losses, and mean and variance around every norm', async () => {
    const { code, stdout, stderr } = await cli().run('train', 'tiny.model.yaml');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^tiny {2}155 parameters, 2 norms, 40 steps, seed 4/m);
    assert.match(stdout, /^norm +in mean +in var +out mean +out var$/m);
    assert.match(stdout, /^block\.norm( +-?[\d.e-]+){4}$/m);
    assert.match(stdout, /loss [\d.]+, validation loss [\d.]+, accuracy [\d.]+ % after 40 steps/);
    assert.ok(!stdout.includes('\u001b'), 'no colours or cursor movements outside of a terminal');
  });

  it('ends after the step with a checkpoint at the first Ctrl-C', async () => {
    const command = cli().start('train', 'tiny.model.yaml', '--steps', '1000000', '--json');
    await command.shows(/"event":"step"/);
    command.child.kill('SIGINT');
    const { code, stdout } = await command.ended;
    assert.equal(code, 0);
    const lines = parseLines(stdout);
    const end = lines.at(-1)!;
    assert.equal(end.event, 'end');
    const taken = Number(end['steps']);
    assert.equal(eventsOf(lines, 'step').length, taken);
    const [id] = cli().runs();
    const total = String(taken + 2);
    const rest = await cli().json(
      ...['train', 'tiny.model.yaml', '--resume', id!, '--steps', total],
    );
    assert.deepEqual(
      eventsOf(rest, 'step').map(({ step }) => step),
      [taken, taken + 1],
    );
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const command = cli().start('train', 'tiny.model.yaml', '--steps', '1000000', '--json');
    await command.shows(/"event":"step"/);
    command.child.stdout?.destroy();
    const { code, stderr } = await command.ended;
    assert.equal(code, 0);
    assert.equal(stderr, '');
    const [id] = cli().runs();
    assert.ok(!existsSync(cli().path(`.normscope/runs/${id!}/lock`)), 'the run was given back');
  });
});

describe('normscope stats', () => {
  const cli = useCli({ 'tiny.model.yaml': tinyModel });

  it('prints what was recorded, as train did', async () => {
    const trained = await cli().json('train', 'tiny.model.yaml');
    const [id] = cli().runs();
    const confusions = eventsOf(trained, 'confusion');
    assert.equal(confusions.length, 2);
    const cases = (confusions[1]?.['counts'] as number[][]).flat().reduce((a, b) => a + b);
    assert.equal(cases, 1024, 'each case of the validation once');
    const rest = trained.slice(0, -1).filter(({ event }) => event !== 'confusion');
    assert.deepEqual(await cli().json('stats', id!), [...rest, confusions[1]]);
    const { stdout } = await cli().run('stats', id!);
    assert.match(stdout, /^40 of 40 steps, seed 4/m);
    assert.match(stdout, /^block\.norm( +-?[\d.e-]+){4}$/m);
  });
});

describe('normscope probe', () => {
  const cli = useCli({ 'tiny.model.yaml': tinyModel });

  it('gives statistics of every tap, gradients included', async () => {
    const [line] = await cli().json('probe', 'tiny.model.yaml', '--input', 'normal', '--seed', '3');
    const taps = line?.['taps'] as Record<string, Record<string, unknown>>;
    for (const name of ['block.norm.in', 'block.norm.xhat', 'block.skip', 'block.grad:branch']) {
      assert.ok(name in taps, name);
    }
    const { shape, mean, var: variance, nonFinite } = taps['block.norm.out']!;
    assert.deepEqual(shape, [16, 8]);
    assert.ok(Math.abs(Number(mean)) < 1e-6);
    assert.ok(Math.abs(Number(variance) - 1) < 1e-3);
    assert.equal(nonFinite, 0);
    assert.deepEqual(Object.keys(taps['0.in']!).sort(), [
      ...['count', 'kurtosis', 'max', 'mean', 'min', 'nonFinite', 'shape', 'var'],
    ]);
  });

  it('takes the taps that a glob names, and the parameters of a run', async () => {
    await cli().json('train', 'tiny.model.yaml');
    const [id] = cli().runs();
    const taps = ['--taps', '*.param:weight'];
    const [before] = await cli().json('probe', 'tiny.model.yaml', ...taps);
    const [after] = await cli().json('probe', 'tiny.model.yaml', ...taps, '--from', id!);
    const names = (line: JsonLine | undefined): readonly string[] =>
      Object.keys(line?.['taps'] as object).sort();
    assert.deepEqual(names(before), ['0.param:weight', '2.param:weight', '3.param:weight']);
    assert.ok(Number(after?.['loss']) < 0.5 * Number(before?.['loss']));
    assert.equal(cli().runs().length, 1, 'a probe is no run');
  });
});

describe('normscope train on data with an end', () => {
  // Pictures whose class is the pixel that is bright.
  const labels = Uint8Array.from({ length: 96 }, (_, i) => (5 * i) % 4);
  const images = Uint8Array.from({ length: 4 * 96 }, (_, at) =>
    labels[Math.floor(at / 4)] === at % 4 ? 200 : (at * 37) % 50,
  );
  const model = `model: pixels
layers: [Flatten, { Linear: classes }]
train:
  data: { idx: images-idx3-ubyte, validation: 0.25 }
  optimizer: { AdamW: { lr: 0.05 } }
  batch: 10
  epochs: 4
`;
  const cli = useCli({
    'pixels.model.yaml': model,
    'images-idx3-ubyte': idx([96, 2, 2], images),
    'labels-idx1-ubyte': idx([96], labels),
  });

  it('tells of each epoch the means over its steps, and validates at its end', async () => {
    const lines = await cli().json('train', 'pixels.model.yaml');
    const steps = eventsOf(lines, 'step');
    const epochs = eventsOf(lines, 'epoch');
    // 72 pictures to train on: 7 batches of 10 in each epoch.
    assert.equal(steps.length, 28);
    assert.deepEqual(
      epochs.map(({ epoch, step }) => [epoch, step]),
      [
        [1, 7],
        [2, 14],
        [3, 21],
        [4, 28],
      ],
    );
    const validations = eventsOf(lines, 'validation');
    epochs.forEach((epoch, index) => {
      const own = steps.slice(7 * index, 7 * index + 7);
      for (const key of ['loss', 'accuracy'] as const) {
        const mean = own.reduce((sum, step) => sum + Number(step[key]), 0) / 7;
        // The same sum in another order.
        assert.ok(Math.abs(Number(epoch[key]) - mean) < 1e-12);
      }
      assert.equal(epoch['validationLoss'], validations[index]?.['loss']);
      assert.equal(epoch['validationAccuracy'], validations[index]?.['accuracy']);
    });
    assert.equal(epochs.at(-1)?.['validationAccuracy'], 1);
    assert.equal(lines.at(-1)?.['validationAccuracy'], 1);
  });

  it('tells the same of an epoch that was interrupted', async () => {
    const whole = await cli().json('train', 'pixels.model.yaml', '--out', 'whole');
    await cli().json('train', 'pixels.model.yaml', '--steps', '10', '--out', 'parts');
    const [id] = readdirSync(cli().path('parts'));
    const rest = await cli().json(
      ...['train', 'pixels.model.yaml', '--resume', `parts/${id!}`, '--steps', '28'],
    );
    assert.deepEqual(eventsOf(rest, 'epoch'), eventsOf(whole, 'epoch').slice(1));
    assert.deepEqual(
      eventsOf(await cli().json('stats', `parts/${id!}`), 'epoch'),
      eventsOf(whole, 'epoch'),
    );
  });

  it('prints a table of epochs, and which class was taken for which', async () => {
    const { stdout } = await cli().run('train', 'pixels.model.yaml');
    assert.match(
      stdout,
      /^epoch {2}steps +loss +accuracy {2}validation loss {2}validation accuracy$/m,
    );
    assert.match(stdout, /^ {4}4 {5}28 +[\d.]+ +[\d.]+ % +[\d.]+ +100\.00 %$/m);
    assert.match(stdout, /^class {2}0 {2}1 {2}2 {2}3 +right$/m);
  });
});

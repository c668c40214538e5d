import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { textModel, tinyModel, useCli, type Ended } from './support.ts';

/** It failed as the user's mistake, told in one go, and printed no results. */
function assertRefused({ code, stdout, stderr }: Ended, expected: number, message: RegExp): void {
  assert.match(stderr, message);
  assert.equal(code, expected, stderr);
  assert.equal(stdout, '');
  assert.doesNotMatch(stderr, /\n\s+at /, 'no stack trace');
}

describe('wrong use of the command line', () => {
  const cli = useCli({ 'tiny.model.yaml': tinyModel });

  it('ends with 2 and says what would be right', async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['trian', 'tiny.model.yaml'], /unknown command 'trian'[^]*Did you mean train\?/],
      [['train', 'tiny.model.yaml', '--step', '3'], /--step[^]*Did you mean --steps\?/],
      [['train'], /missing required argument 'model'/],
      [['train', 'tiny.model.yaml', '--steps', '-3'], /whole number of at least 1/],
      [['train', 'tiny.model.yaml', '--set', 'steps'], /path=value/],
      [['probe', 'tiny.model.yaml', '--input', 'noise'], /Allowed choices are normal, data/],
      [['export', 'some-run'], /--safetensors/],
    ];
    for (const [parameters, message] of wrong) {
      assertRefused(await cli().run(...parameters), 2, message);
    }
  });

  it('shows help and ends with 0 when asked', async () => {
    const { code, stdout } = await cli().run('train', '--help');
    assert.equal(code, 0);
    for (const option of [
      'steps',
      'seed',
      'threads',
      'out',
      'resume',
      'init-from',
      'set',
      'json',
    ]) {
      assert.match(stdout, new RegExp(`--${option}\\b`));
    }
  });
});

describe('bad input to the command line', () => {
  const cli = useCli({
    'tiny.model.yaml': tinyModel,
    'letters.model.yaml': textModel,
    'text.txt': 'call me ishmael. '.repeat(20),
  });

  it('a model file that is not there, a folder, or no text', async () => {
    mkdirSync(cli().path('folder'));
    cli().write('binary.model.yaml', Uint8Array.of(0xff, 0xfe, 0, 1));
    const cases: readonly (readonly [string, RegExp])[] = [
      ['nowhere.model.yaml', /model-not-found: There is no model file nowhere\.model\.yaml/],
      ['folder', /folder is a folder/],
      ['binary.model.yaml', /binary\.model\.yaml is not UTF-8 text/],
    ];
    for (const [name, message] of cases) {
      assertRefused(await cli().run('train', name), 1, message);
      assertRefused(await cli().run('check', name), 1, message);
    }
  });

  it('an override of something that the file does not have', async () => {
    const result = await cli().run('train', 'tiny.model.yaml', '--set', 'let.widht=4');
    assertRefused(result, 1, /bad-override: .*widht.*width/);
  });

  it('a broken model: every problem is told', async () => {
    const broken = tinyModel.replace('AdamW: { lr', 'AdamW: { rl').replace('ReLU', 'RELU');
    cli().write('broken.model.yaml', broken);
    const result = await cli().run('train', 'broken.model.yaml', '--json');
    assertRefused(result, 1, /^broken\.model\.yaml:9:\d+: error unknown-layer: .*ReLU/);
    assert.match(result.stderr, /broken\.model\.yaml:15:\d+: error unknown-argument: .*lr/);
  });

  it('data that is missing, empty, binary, too short or outside', async () => {
    const cases: readonly (readonly [string, () => void, RegExp])[] = [
      ['missing', () => execFileSync('rm', [cli().path('text.txt')]), /data-missing: .*text\.txt/],
      ['empty', () => cli().write('text.txt', ''), /data-empty: .*text\.txt/],
      [
        'binary',
        () => cli().write('text.txt', Uint8Array.of(97, 0, 98)),
        /data-binary: .*text\.txt/,
      ],
      ['short', () => cli().write('text.txt', 'abc'), /data-too-short: .*context/],
      [
        'outside',
        () => cli().write('letters.model.yaml', textModel.replace('text.txt', '/etc/hostname')),
        /data-outside: .*\/etc\/hostname/,
      ],
    ];
    for (const [name, spoil, message] of cases) {
      spoil();
      const result = await cli().run('train', 'letters.model.yaml', '--json');
      assertRefused(result, 1, message);
      assert.ok(!readdirSync(cli().folder).includes('.normscope'), `${name}: no run was begun`);
    }
  });

  it('data outside of the folder: taken when it is typed, not when the file alone names it', async () => {
    const elsewhere = mkdtempSync(path.join(tmpdir(), 'normscope-books-'));
    writeFileSync(path.join(elsewhere, 'book.txt'), 'all work and no play '.repeat(40));
    try {
      const typed = `train.data.text=${path.join(elsewhere, 'b*.txt')}`;
      await cli().json('train', 'letters.model.yaml', '--set', typed);
      const file = path.join(elsewhere, 'book.txt');
      cli().write('letters.model.yaml', textModel.replace('text.txt', file));
      assertRefused(await cli().run('train', 'letters.model.yaml'), 1, /data-outside: .*book\.txt/);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('a run that is not there', async () => {
    await cli().json('train', 'tiny.model.yaml', '--steps', '1');
    const [id] = cli().runs();
    const wrong = await cli().run('train', 'tiny.model.yaml', '--resume', 'nowhere');
    assertRefused(wrong, 1, new RegExp(`run-not-found: .*nowhere.*${id!}`));
    assertRefused(await cli().run('stats', 'nowhere'), 1, /run-not-found/);
    mkdirSync(cli().path('empty'));
    assertRefused(await cli().run('stats', 'empty'), 1, /not-a-run/);
    assertRefused(
      await cli().run('export', 'empty', '--safetensors', 'w.safetensors'),
      1,
      /not-a-run/,
    );
  });

  it('a damaged checkpoint: the older one is used and the damage named', async () => {
    await cli().json('train', 'tiny.model.yaml');
    const [id] = cli().runs();
    const checkpoints = cli().path(`.normscope/runs/${id!}/checkpoints`);
    const newest = readdirSync(checkpoints).sort().at(-1);
    writeFileSync(`${checkpoints}/${newest}/state.safetensors`, 'torn');
    const parameters = ['train', 'tiny.model.yaml', '--resume', id!, '--steps', '41', '--json'];
    const { code, stdout, stderr } = await cli().run(...parameters);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning: .*step-0000000040 cannot be used/);
    assert.match(stdout, /^\{"event":"step","step":20,/);
  });

  it('a loss that is not finite: 3, and the first bad layer is named', async () => {
    const set = ['--set', 'train.optimizer={ SGD: { lr: 1e30 } }'];
    const result = await cli().run('train', 'tiny.model.yaml', ...set, '--json');
    assert.equal(result.code, 3, result.stderr);
    assert.match(result.stderr, /non-finite: .*(step|layer)/i);
    assert.match(result.stdout, /^\{"event":"step","step":0,/);
  });

  it('weights of another shape', async () => {
    await cli().json('train', 'tiny.model.yaml', '--steps', '1');
    const [id] = cli().runs();
    await cli().run('export', id!, '--safetensors', 'w.safetensors');
    const set = ['--set', 'let.width=4'];
    const result = await cli().run(
      'train',
      'tiny.model.yaml',
      '--init-from',
      'w.safetensors',
      ...set,
    );
    assertRefused(result, 1, /init-shape: .*\[8.*\[4|init-shape: .*\[4.*\[8/);
  });

  it('a folder of runs that cannot be written', async () => {
    const result = await cli().run('train', 'tiny.model.yaml', '--out', 'text.txt/runs');
    assertRefused(result, 1, /(read-only|write-failed): .*text\.txt/);
  });

  it('two trainings of one run at once: the second is refused', async () => {
    const first = cli().start('train', 'tiny.model.yaml', '--steps', '1000000', '--json');
    await first.shows(/"event":"step"/);
    const [id] = cli().runs();
    const second = await cli().run('train', 'tiny.model.yaml', '--resume', id!);
    first.child.kill('SIGTERM');
    assert.equal((await first.ended).code, 0);
    assertRefused(second, 1, /run-busy: process \d+/);
  });

  it('an engine that is killed: what happened, and how to go on', async () => {
    const command = cli().start('train', 'tiny.model.yaml', '--steps', '1000000', '--json');
    await command.shows(/"event":"step"/);
    const children = execFileSync('pgrep', ['-P', String(command.child.pid)], { encoding: 'utf8' });
    process.kill(Number(children.trim()), 'SIGKILL');
    const { code, stderr } = await command.ended;
    assert.equal(code, 1);
    assert.match(stderr, /engine-lost: .*SIGKILL.*can be resumed/);
  });
});

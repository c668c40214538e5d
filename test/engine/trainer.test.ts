import assert from 'node:assert/strict';
import { buildKernel } from '../../scripts/kernel.ts';
import type { NamedTensor } from '../../src/engine/data/safetensors.ts';
import type { Trainer } from '../../src/engine/train/trainer.ts';
import { normColumns, normWidth } from '../../src/statistics/taps.ts';
import { openTiny, temporaryFolders, tinyGpt } from './support.ts';

describe('trainer', () => {
  before(buildKernel);
  const folder = temporaryFolders();

  async function withTrainer<T>(
    modelText: string,
    use: (trainer: Trainer) => Promise<T>,
    initial?: ReadonlyMap<string, NamedTensor>,
  ): Promise<T> {
    const { trainer } = await openTiny(folder(), modelText, initial);
    try {
      return await use(trainer);
    } finally {
      await trainer.dispose();
    }
  }

  async function losses(trainer: Trainer, steps: number): Promise<readonly number[]> {
    const found: number[] = [];
    for (let i = 0; i < steps; i++) found.push((await trainer.takeStep()).loss);
    return found;
  }

  it('learns: the loss falls well below that of guessing', async () => {
    const model = tinyGpt({ dropout: 0, steps: 300, optimizer: 'AdamW: { lr: 1e-2 }' });
    await withTrainer(model, async (trainer) => {
      const found = await losses(trainer, 300);
      const average = (from: number): number =>
        found.slice(from, from + 20).reduce((a, b) => a + b, 0) / 20;
      // 13 characters: guessing costs ln 13 = 2.56.
      assert.ok(Math.abs(found[0]! - Math.log(13)) < 0.5, `first loss ${found[0]}`);
      assert.ok(average(280) < 2, `last losses ${average(280)}`);
      const validation = await trainer.validate();
      assert.ok(validation !== undefined && Math.abs(validation.loss - average(280)) < 0.4);
    });
  });

  for (const optimizer of ['AdamW: { lr: 3e-3 }', 'SGD: { lr: 0.1, momentum: 0.9 }']) {
    const model = tinyGpt({ optimizer });

    it(`takes the same steps twice, bit by bit, with dropout (${optimizer})`, async () => {
      const run = (): Promise<unknown> =>
        withTrainer(model, async (trainer) => [
          await losses(trainer, 12),
          trainer.parametersHash(),
        ]);
      assert.deepEqual(await run(), await run());
    });

    it(`goes on from copied tensors as if it had never stopped (${optimizer})`, async () => {
      const whole = await withTrainer(model, async (trainer) => {
        await losses(trainer, 7);
        const copy = new Map(
          trainer
            .tensors()
            .map(({ name, shape, data }) => [name, { name, shape, data: data.slice() }]),
        );
        return { copy, rest: await losses(trainer, 8), hash: trainer.parametersHash() };
      });
      await withTrainer(model, async (trainer) => {
        trainer.restore(whole.copy, 7);
        assert.equal(trainer.step, 7);
        assert.deepEqual(await losses(trainer, 8), whole.rest);
        assert.equal(trainer.parametersHash(), whole.hash);
      });
    });
  }

  it('another seed gives other parameters, masks and batches', async () => {
    const run = (seed: number): Promise<string> =>
      withTrainer(tinyGpt().replace('seed: 11', `seed: ${seed}`), (trainer) =>
        Promise.resolve(trainer.parametersHash()),
      );
    assert.notEqual(await run(1), await run(2));
  });

  it('averages accumulated batches: loss, gradients and norm statistics', async () => {
    const one = tinyGpt({ dropout: 0, optimizer: 'SGD: { lr: 0 }' });
    const single = await withTrainer(one, async (trainer) => {
      const records = [await trainer.takeStep(), await trainer.takeStep()] as const;
      return records;
    });
    const three = tinyGpt({ dropout: 0, optimizer: 'SGD: { lr: 0 }', accumulate: 2 });
    const both = await withTrainer(three, (trainer) => trainer.takeStep());
    const [a, b] = single;
    assert.ok(Math.abs(both.loss - (a.loss + b.loss) / 2) < 1e-6);
    assert.ok(both.gradNorm < (a.gradNorm + b.gradNorm) / 2 + 1e-6, 'norm of a mean');
    assert.ok(both.gradNorm > 0.2 * a.gradNorm);
    for (const [index, value] of both.norms.entries()) {
      const column = normColumns[index % normWidth]!;
      const pair = [a.norms[index]!, b.norms[index]!] as const;
      const expected = column.endsWith('.min')
        ? Math.min(...pair)
        : column.endsWith('.max')
          ? Math.max(...pair)
          : (pair[0] + pair[1]) / 2;
      assert.ok(Math.abs(value - expected) <= 1e-6 * Math.abs(expected) + 1e-9, column);
    }
  });

  it('tells mean 0 and variance 1 behind a new LayerNorm, and what is in front of it', async () => {
    await withTrainer(tinyGpt({ dropout: 0 }), async (trainer) => {
      const { norms } = await trainer.takeStep();
      assert.equal(norms.length, trainer.program.norms.length * normWidth);
      const at = (norm: number, column: (typeof normColumns)[number]): number =>
        norms[norm * normWidth + normColumns.indexOf(column)]!;
      trainer.program.norms.forEach((_, norm) => {
        assert.ok(Math.abs(at(norm, 'out.mean')) < 1e-5);
        const spread = at(norm, 'in.var');
        assert.ok(Math.abs(at(norm, 'out.var') - 1) < 1e-4, `${at(norm, 'out.var')}`);
        assert.ok(at(norm, 'in.var.min') <= spread && spread <= at(norm, 'in.var.max'));
      });
    });
  });

  it('validates on every target of the validation part once, whatever the size of batches', async () => {
    const small = await withTrainer(tinyGpt(), (trainer) => trainer.validate());
    const large = tinyGpt().replace('batch: 4', 'batch: 7');
    const other = await withTrainer(large, (trainer) => trainer.validate());
    assert.ok(small !== undefined && other !== undefined);
    assert.ok(Math.abs(small.loss - other.loss) < 1e-6, `${small.loss} against ${other.loss}`);
  });

  it('follows the schedule', async () => {
    await withTrainer(tinyGpt(), async (trainer) => {
      const rates: number[] = [];
      for (let i = 0; i < 5; i++) rates.push((await trainer.takeStep()).lr);
      const cosine = (t: number): number =>
        1e-4 + 0.5 * (3e-3 - 1e-4) * (1 + Math.cos((Math.PI * (t - 3)) / 37));
      for (const [step, rate] of [3e-3 / 4, 6e-3 / 4, 9e-3 / 4, 3e-3, cosine(4)].entries()) {
        assert.ok(Math.abs(rates[step]! / rate - 1) < 1e-12, `step ${step}`);
      }
    });
  });

  it('starts from given tensors, and names one that is missing or of another shape', async () => {
    const model = tinyGpt({ dropout: 0 });
    const tensors = await withTrainer(model, async (trainer) => {
      await losses(trainer, 3);
      return trainer
        .parameterTensors()
        .map(({ name, shape, data }) => [name, { name, shape, data: data.slice() }] as const);
    });
    const given = new Map<string, NamedTensor>(tensors);
    await withTrainer(
      model,
      (trainer) => {
        assert.deepEqual(trainer.parameterTensors()[3]?.data, tensors[3]?.[1].data);
        return Promise.resolve();
      },
      given,
    );
    const [name, tensor] = tensors[0]!;
    given.set(name, { ...tensor, shape: [tensor.shape[0]!, 17] });
    await assert.rejects(openTiny(folder(), model, given), {
      code: 'init-shape',
      message: new RegExp(name.replace('.', '\\.')),
    });
    given.delete(name);
    await assert.rejects(openTiny(folder(), model, given), { code: 'init-missing' });
  });
});

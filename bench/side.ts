/**
 * Our side of the benchmarks, as a program of its own so that memory and threads are its own. Speaks JSON lines like
 * `torchPeer.py`: load, run, pair, validate, memory. Training runs in this process, without a host.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { compileTraining } from '../src/compiler/passes/programs.ts';
import { FileChecker } from '../src/engine/checkFile.ts';
import { loadData } from '../src/engine/data/open.ts';
import { encodeSafetensors } from '../src/engine/data/safetensors.ts';
import { createBatch, type Batch, type DataSource } from '../src/engine/data/source.ts';
import { readWeights } from '../src/engine/main/openRun.ts';
import { withoutBlocks } from '../src/engine/runtime/blockSize.ts';
import { Session, type TensorBinding } from '../src/engine/runtime/session.ts';
import { learningRate } from '../src/engine/train/schedule.ts';
import { productMilliseconds } from './products.ts';
import { lowerModel } from '../src/language/lower/lower.ts';
import { createTrainer } from '../src/engine/train/createTrainer.ts';
import type { Trainer } from '../src/engine/train/trainer.ts';

interface Load {
  readonly model: string;
  readonly overrides: readonly string[];
  readonly threads: number;
  readonly statistics: boolean;
  /** The same without statistics in the same process, for `pair`. */
  readonly isPaired?: boolean;
  /** Convolutions in the standard's own layout, not in the runtime's blocked one. */
  readonly standardOps?: boolean;
  readonly seed: number;
  /** Folder for the first parameters and the batches, which the other side then takes; '' for none. */
  readonly exportTo: string;
  /** Number of batches to write. */
  readonly batches: number;
}

let trainer: Trainer | undefined;
/** Trains the same without statistics. */
let bare: Trainer | undefined;

/** The first `count` batches over and over, kept in memory as the other side keeps them; 0 for all that there are. */
class KeptBatches implements DataSource {
  readonly facts;
  readonly files;
  private readonly source: DataSource;
  private readonly count: number;
  private readonly kept = new Map<number, Pick<Batch, 'input' | 'targets'>>();

  constructor(source: DataSource, count: number) {
    this.source = source;
    this.count = count;
    this.facts = source.facts;
    this.files = source.files;
  }

  fillTraining(index: number, batch: Batch): void {
    const number = this.count === 0 ? index : index % this.count;
    const held = this.kept.get(number);
    if (held) {
      batch.input.set(held.input);
      batch.targets.set(held.targets);
      return;
    }
    this.source.fillTraining(number, batch);
    if (this.count > 0)
      this.kept.set(number, { input: batch.input.slice(), targets: batch.targets.slice() });
  }

  validationBatches(size: number): number {
    return this.source.validationBatches(size);
  }

  fillValidation(index: number, batch: Batch): number {
    return this.source.fillValidation(index, batch);
  }
}

async function load(request: Load): Promise<object> {
  const { model: modelFile, overrides, threads, statistics, seed } = request;
  if (request.standardOps) withoutBlocks();
  const started = performance.now();
  const text = await readFile(modelFile, 'utf8');
  const folder = path.dirname(modelFile);
  const roots = [path.parse(folder).root];
  const report = await new FileChecker().check({
    text,
    path: modelFile,
    overrides,
    roots,
  });
  const { model } = report;
  if (model === undefined) throw new Error(report.diagnostics.map((d) => d.message).join('\n'));
  const { settings } = model;
  const source = (await loadData(settings.data, { folder, roots })).source(seed, settings);
  const data = new KeptBatches(source, request.batches);
  const compileStarted = performance.now();
  const { steps } = settings;
  trainer = await createTrainer({ model, data, seed, steps, threads, statistics });
  const ready = performance.now();
  if (request.isPaired === true) {
    bare = await createTrainer({ model, data, seed, steps, threads, statistics: false });
  }
  const names = trainer.program.parameters.map((parameter) => parameter.path);
  if (request.exportTo !== '') {
    const { header, parts } = encodeSafetensors(trainer.parameterTensors());
    const file = path.join(request.exportTo, 'parameters.safetensors');
    await writeFile(file, Buffer.concat([header, ...parts]));
    const batch = createBatch(trainer.program.batch);
    const written = Array.from({ length: request.batches }, (_, index) => {
      data.fillTraining(index, batch);
      return Buffer.concat([bytesOf(batch.input), bytesOf(batch.targets)]);
    });
    await writeFile(path.join(request.exportTo, 'batches.bin'), Buffer.concat(written));
  }
  const lr = Array.from({ length: settings.steps }, (_, step) =>
    learningRate(settings.optimizer.lr, settings.schedule, step, settings.steps),
  );
  return {
    names,
    lr,
    optimizer: settings.optimizer,
    clip: settings.clipGradNorm ?? null,
    batch: settings.batch,
    parameters: report.parameters,
    flops: trainer.flops,
    compileMilliseconds: ready - compileStarted,
    openMilliseconds: ready - started,
  };
}

/** Goes to the beginning with the weights of a file, as `--init-from` does; the state by name, and its shapes. */
async function begin({ from }: { readonly from: string }): Promise<object> {
  await loaded().begin(await readWeights(from));
  return Object.fromEntries(
    loaded()
      .parameterTensors()
      .map(({ name, shape }) => [name, shape]),
  );
}

/** Loss, logits and gradients of the first batch and the parameters as they are; writes the latter as float64. */
async function gradients({ to }: { readonly to: string }): Promise<object> {
  const { options, program } = loaded();
  const { model, data, threads } = options;
  const { graph } = compileTraining(lowerModel(model, { mode: 'training' }), true);
  const batch = createBatch(program.batch);
  data.fillTraining(0, batch);
  const feeds: readonly TensorBinding[] = [
    ...batch.tensors,
    ...loaded()
      .parameterTensors()
      .map(({ name, shape, data: values }) => ({
        name,
        shape,
        dtype: 'float32' as const,
        data: values,
      })),
  ];
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const session = await Session.create(graph, threads);
  const names = ['output', ...program.parameters.map((parameter) => `grad:${parameter.path}`)];
  const found = await session.fetch(
    feeds.filter(({ name }) => inputs.has(name)),
    ['loss', ...names],
  );
  await session.release();
  const arrays = names.map((name) => [name, found.get(name) ?? []] as const);
  const parts = arrays.map(([, array]) => bytesOf(Float64Array.from(array, Number)));
  await writeFile(to, Buffer.concat(parts));
  return {
    loss: found.get('loss')?.[0],
    sizes: arrays.map(([name, { length }]) => [name, length]),
  };
}

function bytesOf(array: Int32Array | Float32Array | Float64Array): Buffer {
  return Buffer.from(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

async function run({ lr }: { readonly lr: readonly number[] }): Promise<object> {
  const milliseconds: number[] = [];
  const losses: number[] = [];
  while (losses.length < lr.length) {
    const started = performance.now();
    const { loss } = await loaded().takeStep();
    milliseconds.push(performance.now() - started);
    losses.push(loss);
  }
  return { milliseconds, losses };
}

/** Steps with and without statistics one after the other, the first of them in turn. */
async function pair({ count }: { readonly count: number }): Promise<object> {
  const without = bare;
  if (without === undefined) throw new Error('no pair is loaded');
  const times = { with: [] as number[], without: [] as number[] };
  const take = async (one: Trainer, into: number[]): Promise<void> => {
    const started = performance.now();
    await one.takeStep();
    into.push(performance.now() - started);
  };
  for (let index = 0; index < count; index++) {
    if (index % 2 === 0) await take(loaded(), times.with);
    await take(without, times.without);
    if (index % 2 === 1) await take(loaded(), times.with);
  }
  return times;
}

function loaded(): Trainer {
  if (trainer === undefined) throw new Error('nothing is loaded');
  return trainer;
}

const commands: Readonly<Record<string, (request: never) => Promise<object>>> = {
  load,
  begin,
  run,
  pair,
  gradients,
  products: async () => ({
    milliseconds: await productMilliseconds(loaded().program.graph, loaded().options.threads),
  }),
  validate: async () => ({ loss: (await loaded().validate())?.loss }),
  memory: async () => {
    const status = await readFile('/proc/self/status', 'utf8');
    const kilobytes = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
    const resident = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    return { peakMegabytes: kilobytes / 1024, residentMegabytes: resident / 1024 };
  },
};

async function serve(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as { readonly command: string };
    const command = commands[request.command];
    if (command === undefined) throw new Error(`unknown command ${request.command}`);
    process.stdout.write(`${JSON.stringify(await command(request as never))}\n`);
  }
}

void serve();

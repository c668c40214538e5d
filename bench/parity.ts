/**
 * `npx tsx bench/parity.ts`: ResNet-18 of the examples at full width from weights that PyTorch has trained and exported as
 * safetensors. Compares by name the state, the logits, the loss and every gradient of a batch, then the losses of steps of the
 * example's optimizer. What PyTorch in float32 differs by from itself in float64 stands beside it: so much is rounding.
 * Options: --model FILE · --trained N (steps that PyTorch takes before the export; 0 for fresh weights) · --batch N · --steps N ·
 * --lr N · --threads N.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  bundleSide,
  ourSide,
  pythonSide,
  type LoadReply,
  type Peer,
  type RunReply,
} from './peer.ts';

const { values } = parseArgs({
  options: {
    model: {
      type: 'string',
      default: path.join(import.meta.dirname, '../examples/resnet-18.model.yaml'),
    },
    trained: { type: 'string', default: '120' },
    batch: { type: 'string', default: '64' },
    steps: { type: 'string', default: '20' },
    lr: { type: 'string', default: '0.1' },
    threads: { type: 'string', default: '1' },
  },
});
const steps = Number(values.steps);
/** Batches that PyTorch trains on before the export: others than those that are compared. */
const otherBatches = 40;

/** Shape by name, as a state dict has them. */
type State = Readonly<Record<string, readonly number[]>>;

interface Passed {
  readonly loss: number;
  /** Logits, then gradients in the order of the parameters: name and number of elements. */
  readonly sizes: readonly (readonly [name: string, size: number])[];
}

interface Trained {
  readonly loss: number | null;
  readonly parameters: number;
  readonly state: State;
}

await bundleSide();
const folder = mkdtempSync(path.join(os.tmpdir(), 'normscope-parity-'));
const ours = ourSide();
const torch = pythonSide('torchResNet.py', Number(values.threads));
try {
  await compareAll(ours, torch);
} finally {
  ours.dispose();
  torch.dispose();
  rmSync(folder, { recursive: true });
}

async function compareAll(ours: Peer, torch: Peer): Promise<void> {
  const threads = Number(values.threads);
  const loaded = await ours.ask<LoadReply>({
    command: 'load',
    model: path.resolve(values.model),
    overrides: [
      `train.batch=${values.batch}`,
      `train.optimizer.SGD.lr=${values.lr}`,
      'train.schedule=constant',
    ],
    threads,
    seed: 1337,
    statistics: true,
    exportTo: folder,
    batches: steps + otherBatches,
  });
  const weights = path.join(folder, 'pytorch.safetensors');
  const { lr, momentum, weight_decay } = loaded.optimizer as Readonly<Record<string, number>>;
  const trained = await torch.ask<Trained>({
    command: 'train',
    ...netOf(loaded.names),
    batch: loaded.batch,
    batches: path.join(folder, 'batches.bin'),
    seed: 1337,
    recipe: { lr, momentum, weight_decay },
    from: steps,
    steps: Number(values.trained),
    threads,
    to: weights,
  });
  const after = trained.loss === null ? 'fresh weights' : `loss ${trained.loss.toFixed(4)}`;
  console.log(`PyTorch after ${values.trained} steps: ${after}; batch ${values.batch}`);
  compareStates(await ours.ask<State>({ command: 'begin', from: weights }), trained);
  await comparePass(ours, torch, loaded.names);
  await compareSteps(ours, torch, loaded.lr);
}

/** ResNet-18 has four stages and the 7 × 7 stem, ResNet-20 three and one of 3 × 3. */
function netOf(names: readonly string[]): object {
  const isLarge = names.includes('layer4.0.conv1.weight');
  const channels = isLarge ? [64, 128, 256, 512] : [16, 32, 64];
  const blocks = isLarge ? 2 : 3;
  return {
    stages: channels.map((width) => [width, blocks]),
    stem: isLarge ? 7 : 3,
    size: isLarge ? 64 : 32,
  };
}

function compareStates(found: State, { state: wanted, parameters }: Trained): void {
  const different = [...new Set([...Object.keys(found), ...Object.keys(wanted)])].filter(
    (name) => found[name]?.join() !== wanted[name]?.join(),
  );
  console.log(
    `state: ${Object.keys(wanted).length} tensors of PyTorch, ${parameters} parameters; different by name or shape: ${different.join(', ') || 'none'}`,
  );
}

async function comparePass(ours: Peer, torch: Peer, names: readonly string[]): Promise<void> {
  const file = (name: string): string => path.join(folder, `${name}.bin`);
  const { loss, sizes } = await ours.ask<Passed>({ command: 'gradients', to: file('ours') });
  const single = await passOf(torch, names, false, file('float32'));
  const double = await passOf(torch, names, true, file('float64'));
  const [own, float32, float64] = ['ours', 'float32', 'float64'].map((name) => numbers(file(name)));
  if (!own || !float32 || !float64) throw new Error('nothing was written');
  const relative = (one: number, other: number): string =>
    (Math.abs(one - other) / Math.abs(other)).toExponential(1);
  console.log('relative differences of one pass: loss; logits and the three worst gradients');
  const lines = [
    ['ours and PyTorch float32', relative(loss, single), own, float32],
    ['ours and PyTorch float64', relative(loss, double), own, float64],
    ['PyTorch float32 and float64', relative(single, double), float32, float64],
  ] as const;
  for (const [label, lossError, one, other] of lines) {
    console.log(`  ${label.padEnd(28)} ${lossError}; ${compare(one, other, sizes)}`);
  }
}

async function passOf(
  torch: Peer,
  parameters: readonly string[],
  double: boolean,
  to: string,
): Promise<number> {
  return (await torch.ask<{ loss: number }>({ command: 'gradients', parameters, double, to })).loss;
}

async function compareSteps(ours: Peer, torch: Peer, lr: readonly number[]): Promise<void> {
  const own = (await ours.ask<RunReply>({ command: 'run', lr: lr.slice(0, steps) })).losses;
  const single = (await torch.ask<RunReply>({ command: 'run', steps, double: false })).losses;
  const double = (await torch.ask<RunReply>({ command: 'run', steps, double: true })).losses;
  console.log('step      ours   float32   float64');
  for (const [step, loss] of own.entries()) {
    const columns = [loss, single[step] ?? NaN, double[step] ?? NaN];
    console.log([String(step).padStart(4), ...columns.map((one) => one.toFixed(6))].join('  '));
  }
  const largest = (one: readonly number[], other: readonly number[]): string =>
    Math.max(...one.map((loss, step) => Math.abs(loss - (other[step] ?? NaN)))).toExponential(1);
  console.log(
    `largest difference of the losses over ${steps} steps at ${values.lr}: ours and float32 ${largest(own, single)}, ours and float64 ${largest(own, double)}, float32 and float64 ${largest(single, double)}`,
  );
}

function numbers(file: string): Float64Array {
  const raw = readFileSync(file);
  return new Float64Array(raw.buffer, raw.byteOffset, raw.byteLength / 8);
}

/** Differences as a share of each tensor's largest element: that of the logits and the three worst. */
function compare(found: Float64Array, wanted: Float64Array, sizes: Passed['sizes']): string {
  let start = 0;
  const errors = sizes.map(([name, size]) => {
    let largest = 0;
    let difference = 0;
    for (let i = start; i < start + size; i++) {
      largest = Math.max(largest, Math.abs(wanted[i] ?? NaN));
      difference = Math.max(difference, Math.abs((found[i] ?? NaN) - (wanted[i] ?? NaN)));
    }
    start += size;
    return { name: name.replace('grad:', ''), error: difference / largest };
  });
  const worst = errors
    .slice(1)
    .sort((a, b) => b.error - a.error)
    .slice(0, 3);
  const shown = [...errors.slice(0, 1), ...worst].map(
    ({ name, error }) => `${name} ${error.toExponential(1)}`,
  );
  return `${shown.join(', ')} of ${errors.length - 1}`;
}

/**
 * `npx tsx bench/parity.ts`: ResNet-18 of the examples beside PyTorch, from the same weights by the same names: logits, loss and
 * every gradient of one batch against float32 and float64, then the losses of SGD steps.
 * Options: --model FILE · --batch N · --steps N · --lr N.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundleSide, loadTorch, ourSide, torchSide, Turns, type LoadReply } from './peer.ts';

const { values } = parseArgs({
  options: {
    model: {
      type: 'string',
      default: path.join(import.meta.dirname, '../examples/resnet-18.model.yaml'),
    },
    batch: { type: 'string', default: '8' },
    steps: { type: 'string', default: '20' },
    lr: { type: 'string', default: '0.01' },
  },
});

interface Passed {
  readonly loss: number;
  /** Logits, then gradients in the order of the parameters: name and number of elements. */
  readonly sizes: readonly (readonly [name: string, size: number])[];
}

await bundleSide();
const folder = mkdtempSync(path.join(os.tmpdir(), 'normscope-parity-'));
const ours = ourSide();
const torch = torchSide(1);
try {
  const loaded = await ours.ask<LoadReply>({
    command: 'load',
    model: path.resolve(values.model),
    overrides: [`train.batch=${values.batch}`, `train.optimizer.SGD.lr=${values.lr}`],
    threads: 1,
    seed: 1337,
    statistics: true,
    exportTo: folder,
    batches: Number(values.steps),
  });
  const isStem = loaded.names.includes('layer4.0.conv1.weight');
  const config = {
    channels: 3,
    size: isStem ? 64 : 32,
    stride: isStem ? 2 : 1,
    pool: isStem ? 1 : 0,
  };
  await loadTorch(torch, 'resnet', config, folder, 1, loaded);
  const own = path.join(folder, 'ours.bin');
  const { loss, sizes } = await ours.ask<Passed>({ command: 'gradients', to: own });
  for (const double of [false, true]) {
    const to = path.join(folder, 'torch.bin');
    const reply = await torch.ask<{ loss: number }>({ command: 'gradients', to, double });
    console.log(
      `PyTorch float${double ? 64 : 32}: loss ${loss} and ${reply.loss}, relative difference ${(Math.abs(loss - reply.loss) / reply.loss).toExponential(1)}`,
    );
    compare(numbers(own), numbers(to), sizes);
  }
  const lr = loaded.lr.slice(0, Number(values.steps));
  const turns = [new Turns(ours), new Turns(torch)];
  for (const turn of turns) await turn.take(lr);
  const [found = [], wanted = []] = turns.map((turn) => turn.losses);
  const worst = Math.max(...found.map((one, step) => Math.abs(one - (wanted[step] ?? NaN))));
  console.log(found.map((one, step) => `${one.toFixed(5)} ${wanted[step]?.toFixed(5)}`).join('\n'));
  console.log(
    `largest difference of the losses over ${lr.length} steps: ${worst.toExponential(1)}`,
  );
} finally {
  ours.dispose();
  torch.dispose();
  rmSync(folder, { recursive: true });
}

function numbers(file: string): Float64Array {
  const raw = readFileSync(file);
  return new Float64Array(raw.buffer, raw.byteOffset, raw.byteLength / 8);
}

/** Differences as a share of each tensor's largest element; prints that of the logits and the three worst. */
function compare(found: Float64Array, wanted: Float64Array, sizes: Passed['sizes']): void {
  let start = 0;
  const errors = sizes.map(([name, size]) => {
    let largest = 0;
    let difference = 0;
    for (let i = start; i < start + size; i++) {
      largest = Math.max(largest, Math.abs(wanted[i] ?? NaN));
      difference = Math.max(difference, Math.abs((found[i] ?? NaN) - (wanted[i] ?? NaN)));
    }
    start += size;
    return { name, error: difference / largest };
  });
  const worst = errors.toSorted((a, b) => b.error - a.error).slice(0, 3);
  const shown = [...errors.slice(0, 1), ...worst].map(
    ({ name, error }) => `${name} ${error.toExponential(1)}`,
  );
  console.log(`  ${shown.join(', ')}, of ${errors.length} tensors`);
}

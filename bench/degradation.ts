/**
 * `npx tsx bench/degradation.ts`: He et al. 2015 in small. Plain and residual nets of depth 10, 22 and 42 learn the same pictures of
 * shapes with the same seed; the table and the chart show that depth harms the plain ones only.
 * Options: --steps N (400) · --threads T (2) · --seed S (1) · --out FILE (shots/degradation.svg).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildKernel } from '../scripts/kernel.ts';
import { openModel } from '../src/engine/main/openModel.ts';
import { lineChart, type Line } from './lineChart.ts';

const depths = [10, 22, 42];
const shortcuts = { plain: 'none', residual: 'identity' } as const;
const colours = ['#4c78a8', '#f58518', '#e45756'];
/** Losses are averaged over so many steps. */
const window = 20;

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '400' },
    threads: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: path.join(import.meta.dirname, '../shots/degradation.svg') },
  },
});

/** Layers with weights: the first convolution, two in each block, and the last layer. */
function modelOf(depth: number, shortcut: string): string {
  return `model: degradation
define:
  Block:
    - Residual:
        shortcut: ${shortcut}
        after: ReLU
        body:
          - Conv2d: { out_channels: 16, kernel_size: 3, padding: 1, bias: false }
          - BatchNorm2d
          - ReLU
          - Conv2d: { out_channels: 16, kernel_size: 3, padding: 1, bias: false }
          - BatchNorm2d
layers:
  - Conv2d: { out_channels: 16, kernel_size: 3, padding: 1, stride: 2, bias: false }
  - BatchNorm2d
  - ReLU
  - Repeat: { times: ${(depth - 2) / 2}, name: blocks, body: [Block] }
  - AdaptiveAvgPool2d: 1
  - Flatten
  - Linear: classes
init:
  Conv2d: { weight: { kaiming_normal: { mode: fan_out, nonlinearity: relu } } }
train:
  data: { shapes: { size: 16, noise: 0.3 } }
  optimizer: { SGD: { lr: 0.05, momentum: 0.9, weight_decay: 1e-4 } }
  batch: 32
  steps: ${values.steps}
`;
}

interface Outcome {
  readonly losses: readonly number[];
  readonly validation: { readonly loss: number; readonly accuracy?: number };
}

async function train(depth: number, shortcut: string): Promise<Outcome> {
  const request = {
    modelPath: path.resolve('degradation.model.yaml'),
    modelText: modelOf(depth, shortcut),
    allowedRoots: [],
    overrides: [],
    steps: undefined,
    seed: Number(values.seed),
    threads: Number(values.threads),
  };
  const { trainer } = await openModel(request, undefined);
  const losses: number[] = [];
  for (let step = 0; step < trainer.options.steps; step++) {
    losses.push((await trainer.takeStep()).loss);
  }
  const validation = await trainer.validate();
  await trainer.dispose();
  if (validation === undefined) throw new Error('shapes have a validation part');
  return { losses, validation };
}

/** Means over `window` steps, each with its last step. */
function smoothed(losses: readonly number[]): readonly (readonly [number, number])[] {
  return losses.flatMap((_, index) => {
    if ((index + 1) % window !== 0) return [];
    const part = losses.slice(index + 1 - window, index + 1);
    return [[index + 1, part.reduce((sum, loss) => sum + loss, 0) / window] as const];
  });
}

await buildKernel();
console.log('net        depth  training loss  validation loss  validation accuracy');
const lines: Line[] = [];
for (const [kind, shortcut] of Object.entries(shortcuts)) {
  for (const [index, depth] of depths.entries()) {
    const { losses, validation } = await train(depth, shortcut);
    const points = smoothed(losses);
    lines.push({
      label: `${kind} ${depth}`,
      colour: colours[index]!,
      isDashed: kind === 'plain',
      points,
    });
    const numbers = [
      (points.at(-1)?.[1] ?? NaN).toFixed(4).padStart(13),
      validation.loss.toFixed(4).padStart(15),
      `${(100 * (validation.accuracy ?? NaN)).toFixed(1)} %`.padStart(19),
    ];
    console.log([kind.padEnd(9), String(depth).padStart(6), ...numbers].join('  '));
  }
}
mkdirSync(path.dirname(values.out), { recursive: true });
writeFileSync(values.out, lineChart(lines, { x: 'steps', y: 'training loss' }));
console.log(`chart: ${path.relative('.', values.out)}`);

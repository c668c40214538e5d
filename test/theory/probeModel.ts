import { FileChecker } from '../../src/engine/checkFile.ts';
import { loadData } from '../../src/engine/data/open.ts';
import { probe } from '../../src/engine/train/probe.ts';
import { createTrainer } from '../../src/engine/train/createTrainer.ts';
import type { Trainer } from '../../src/engine/train/trainer.ts';
import type { ProbeReport, TapReport } from '../../src/protocol/engine.ts';

/** A model on made-up data, opened in this process; the caller disposes of it. */
export async function openTrainer(text: string, seed: number): Promise<Trainer> {
  const { model, diagnostics } = await new FileChecker().check({ text, roots: [] });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const { settings } = model;
  const data = await loadData(settings.data, { folder: '.', roots: [] });
  return createTrainer({
    model,
    data: data.source(seed, settings),
    seed,
    steps: settings.steps,
    threads: 1,
  });
}

/** What `npx normscope probe --input normal` reports of a model at initialization, once for each of the seeds 1..count. */
export async function probeSeeds(
  text: string,
  count: number,
  taps = '**',
): Promise<readonly ProbeReport[]> {
  const reports: ProbeReport[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const trainer = await openTrainer(text, seed);
    reports.push(await probe(trainer, { input: 'normal', taps }));
    await trainer.dispose();
  }
  return reports;
}

/** A tap's report; fails with the names that there are. */
export function tapOf(report: ProbeReport, name: string): TapReport {
  const tap = report.taps[name];
  if (tap === undefined) throw new Error(`no ${name} in ${Object.keys(report.taps).join(' ')}`);
  return tap;
}

/** Mean over seeds of a number of each report. */
export function meanOver(
  reports: readonly ProbeReport[],
  of: (report: ProbeReport) => number,
): number {
  return reports.reduce((sum, report) => sum + of(report), 0) / reports.length;
}

/** Mean of the squares of all elements: mean² + biased variance. */
export function meanSquare({ mean, var: variance }: TapReport): number {
  return mean * mean + variance;
}

export interface Stack {
  readonly width: number;
  readonly depth: number;
  readonly norm?: string;
  readonly placement?: string;
  readonly body: string;
  /** A layer after each residual. */
  readonly after?: string;
  readonly rows?: number;
}

/** Residual blocks `blocks.<l>.block` on standard-normal features, with a small linear head. */
export function residualStack(stack: Stack): string {
  const { width, depth, norm = 'none', placement = 'none', body, after, rows = 64 } = stack;
  return `model: stack
layers:
  - Repeat:
      times: ${depth}
      name: blocks
      body:
        - Residual: { name: block, norm: ${norm}, placement: ${placement}, body: ${body} }
${after === undefined ? '' : `        - ${after}\n`}  - Linear: { out_features: classes, bias: false, init: { weight: { normal: { std: 0.01 } } } }
train:
  data: { gaussian-blobs: { classes: 10, features: ${width} } }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1 } }
  batch: ${rows}
  steps: 1
`;
}

/** A Linear layer of `width` outputs without bias, its weight drawn normal with this gain: std = gain / sqrt(width). */
export function linear(width: number, gain: number): string {
  const std = gain / Math.sqrt(width);
  return `{ Linear: { out_features: ${width}, bias: false, init: { weight: { normal: { std: ${std} } } } } }`;
}

/** The feed-forward branch of Xiong et al. 2020: linear, ReLU, linear, all Xavier Gaussian. */
export function feedForward(width: number): string {
  return `[${linear(width, 1)}, ReLU, ${linear(width, 1)}]`;
}

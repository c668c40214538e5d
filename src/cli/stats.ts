import * as l10n from '@vscode/l10n';
import type { Command } from 'commander';
import { counted, formatCount } from '../base/counts.ts';
import { readConfusion } from '../engine/runs/confusionFile.ts';
import { epochsOf } from '../engine/runs/epochs.ts';
import { readManifest, runPaths, type Manifest } from '../engine/runs/manifest.ts';
import {
  readStatistics,
  type RunStatistics,
  type StepStatistics,
} from '../engine/runs/statisticsFile.ts';
import type { EpochEvent, StepsEvent } from '../protocol/engine.ts';
import { printConfusion } from './confusionTable.ts';
import { epochTable } from './epochTable.ts';
import { formatNumber } from './numbers.ts';
import { normTable } from './normTable.ts';
import { findRun } from './runFolder.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';
import { confusionLine, epochLine, normMoments, stepLines, validationLine } from './trainEvents.ts';

const shownSteps = 12;

/** Adds `stats` to the program. */
export function addStats(program: Command, terminal: Terminal): void {
  program
    .command('stats')
    .description(
      l10n.t('what was recorded of a run: losses, and mean and variance around every norm'),
    )
    .argument('<run>', l10n.t('id or folder of a run'))
    .option(
      '--json',
      l10n.t(
        'print one JSON object a line, as train --json did, the last confusion of classes at the end',
      ),
    )
    .action(async (name: string, { json }: { readonly json?: true }) => {
      const directory = await findRun(name);
      const manifest = await readManifest(directory);
      const statistics = await readStatistics(runPaths(directory).statistics);
      const confusion = await readConfusion(directory);
      const { classNames } = manifest;
      if (json) {
        printLines(terminal, manifest, statistics);
        if (confusion) terminal.print(JSON.stringify(confusionLine(confusion, classNames)));
      } else {
        printTables(terminal, manifest, statistics);
        if (confusion) printConfusion(terminal, confusion, classNames);
      }
    });
}

/** Steps, validations and epochs in the order in which they happened. */
function printLines(terminal: Terminal, manifest: Manifest, statistics: RunStatistics): void {
  const validations = [...statistics.validations];
  const epochs = [...epochsOfRun(manifest, statistics)];
  const printUpTo = (taken: number): void => {
    while (validations[0] !== undefined && validations[0].step <= taken) {
      terminal.print(JSON.stringify(validationLine(validations.shift()!)));
    }
    while (epochs[0] !== undefined && epochs[0].step <= taken) {
      terminal.print(JSON.stringify(epochLine(epochs.shift()!)));
    }
  };
  for (const step of statistics.steps) {
    printUpTo(step.step);
    const [line] = stepLines(normsOf(statistics), batchOf(step));
    terminal.print(JSON.stringify(line));
  }
  printUpTo(Infinity);
}

function epochsOfRun(
  { stepsPerEpoch }: Manifest,
  { steps, validations }: RunStatistics,
): readonly EpochEvent[] {
  return stepsPerEpoch === undefined ? [] : epochsOf(steps, validations, stepsPerEpoch);
}

function printTables(terminal: Terminal, manifest: Manifest, statistics: RunStatistics): void {
  const { steps, validations } = statistics;
  terminal.print(l10n.t('{0}  run {1}', terminal.style('bold', manifest.modelName), manifest.id));
  terminal.print(
    l10n.t(
      '{0} of {1}, seed {2}, begun {3}',
      formatCount(steps.length),
      counted.steps(manifest.steps),
      manifest.seed,
      manifest.created,
    ),
  );
  const last = steps.at(-1);
  if (last === undefined) return;
  terminal.print('');
  printTable(terminal, lossTable(evenly(steps), validations));
  const epochs = epochsOfRun(manifest, statistics);
  if (epochs.length > 0) {
    terminal.print('');
    printTable(terminal, epochTable(epochs));
  }
  if (statistics.norms.length > 0) {
    terminal.print('');
    printTable(terminal, normTable(normMoments(normsOf(statistics), batchOf(last), 0)));
  }
}

function lossTable(
  steps: readonly StepStatistics[],
  validations: RunStatistics['validations'],
): readonly string[] {
  const columns = [
    l10n.t('step'),
    l10n.t('loss'),
    l10n.t('validation'),
    l10n.t('gradient norm'),
    l10n.t('learning rate'),
  ].map((title) => ({ title, align: 'right' }) as const);
  const rows = steps.map(({ step, loss, gradNorm, lr }) => {
    const validation = validations.findLast((candidate) => candidate.step <= step + 1);
    return [
      formatCount(step),
      formatNumber(loss),
      validation === undefined ? '' : formatNumber(validation.loss),
      formatNumber(gradNorm),
      formatNumber(lr),
    ];
  });
  return tableLines(columns, rows);
}

/** At most `shownSteps` of all, the first and the last among them. */
function evenly(steps: readonly StepStatistics[]): readonly StepStatistics[] {
  if (steps.length <= shownSteps) return steps;
  const last = steps.length - 1;
  return Array.from(
    { length: shownSteps },
    (_, index) => steps[Math.round((index * last) / (shownSteps - 1))]!,
  );
}

function printTable(terminal: Terminal, [titles = '', ...lines]: readonly string[]): void {
  terminal.print(terminal.style('bold', titles));
  for (const line of lines) terminal.print(line);
}

function normsOf({ norms }: RunStatistics): Parameters<typeof normMoments>[0] {
  return { norms: norms.map((path) => ({ path, type: '', line: 0 })) };
}

function batchOf({ step, loss, accuracy, lr, gradNorm, norms }: StepStatistics): StepsEvent {
  return {
    first: step,
    loss: Float64Array.of(loss),
    ...(accuracy !== undefined && { accuracy: Float64Array.of(accuracy) }),
    lr: Float64Array.of(lr),
    gradNorm: Float64Array.of(gradNorm),
    norms,
  };
}

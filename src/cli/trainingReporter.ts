import * as l10n from '@vscode/l10n';
import { counted, formatCount } from '../base/counts.ts';
import type {
  EndEvent,
  EpochEvent,
  RunInfo,
  StatusEvent,
  StepsEvent,
  ValidationEvent,
} from '../protocol/engine.ts';
import { printConfusion } from './confusionTable.ts';
import { epochTable, formatShare } from './epochTable.ts';
import { formatDuration, formatNumber } from './numbers.ts';
import { normTable } from './normTable.ts';
import { shortPath } from './paths.ts';
import { Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';
import {
  confusionLine,
  endLine,
  epochLine,
  normMoments,
  stepLines,
  validationLine,
} from './trainEvents.ts';

/** Tells someone what a training does. */
export interface TrainingReporter {
  status(status: StatusEvent): void;
  steps(steps: StepsEvent): void;
  validation(validation: ValidationEvent): void;
  epoch(epoch: EpochEvent): void;
  /** The run was asked to stop and will end after the step under way. */
  stopping(): void;
  /** The run ended early and not as asked; the reason is told elsewhere. */
  interrupted(): void;
  end(end: EndEvent): void;
}

/** For programs: one JSON object a line. Numbers that are not finite become null, as JSON has none. */
export function programReporter(terminal: Terminal, info: RunInfo): TrainingReporter {
  const print = (line: object): void => {
    terminal.print(JSON.stringify(line));
  };
  return {
    status: () => undefined,
    steps: (steps) => {
      for (const line of stepLines(info, steps)) print(line);
    },
    validation: (validation) => {
      print(validationLine(validation));
      if (validation.confusion) print(confusionLine(validation, info.classNames));
    },
    epoch: (epoch) => {
      print(epochLine(epoch));
    },
    stopping: () => undefined,
    interrupted: () => undefined,
    end: (end) => {
      print(endLine(end));
    },
  };
}

/** For people: a header, a live line, and at the end the table of norms and the losses. */
export function trainingReporter(terminal: Terminal, info: RunInfo): TrainingReporter {
  const progress = new Progress(terminal, info);
  let last: StepsEvent | undefined;
  let validated: ValidationEvent | undefined;
  let isTableBegun = false;
  printHeader(terminal, info);
  return {
    status: (status) => {
      progress.takeStatus(status);
    },
    steps: (steps) => {
      if (steps.loss.length > 0) last = steps;
      progress.takeSteps(steps);
    },
    validation: (validation) => {
      validated = validation;
      progress.takeValidation(validation);
    },
    epoch: (epoch) => {
      progress.end();
      const [titles = '', row = ''] = epochTable([epoch]);
      if (!isTableBegun) terminal.print(terminal.style('bold', titles));
      isTableBegun = true;
      terminal.print(row);
    },
    stopping: () => {
      progress.end();
      terminal.print(l10n.t('Stopping after this step; once more to end at once.'));
    },
    interrupted: () => {
      progress.end();
    },
    end: (end) => {
      progress.end();
      if (validated) printConfusion(terminal, validated, info.classNames);
      printEnd(terminal, info, end, last);
    },
  };
}

function printHeader(terminal: Terminal, info: RunInfo): void {
  const { modelName, parameters, norms, steps, step, seed, threads, id } = info;
  const facts = [
    counted.parameters(parameters),
    counted.norms(norms.length),
    step === 0
      ? counted.steps(steps)
      : l10n.t('steps {0} to {1}', formatCount(step), formatCount(steps)),
    l10n.t('seed {0}', seed),
    counted.threads(threads),
  ];
  terminal.print(`${terminal.style('bold', modelName)}  ${facts.join(', ')}`);
  terminal.print(terminal.style('dim', l10n.t('run {0}', id)));
}

function printEnd(
  terminal: Terminal,
  info: RunInfo,
  end: EndEvent,
  last: StepsEvent | undefined,
): void {
  if (last && info.norms.length > 0) {
    const [titles = '', ...rows] = normTable(normMoments(info, last, last.loss.length - 1));
    terminal.print('');
    terminal.print(terminal.style('bold', titles));
    for (const row of rows) terminal.print(row);
  }
  const rate = formatNumber(end.stepsPerSecond);
  terminal.print('');
  terminal.print(
    l10n.t(
      '{0} after {1}, {2}, {3} steps/s',
      terminal.style('bold', lossesText(end)),
      counted.steps(end.steps),
      formatDuration(end.seconds),
      rate,
    ),
  );
  terminal.print(l10n.t('run in {0}', shortPath(info.directory)));
  terminal.print(terminal.style('dim', l10n.t('parameters sha256 {0}', end.parametersHash)));
  if (end.steps < info.steps) {
    const model = shortPath(info.modelPath);
    terminal.print(l10n.t('Go on with: normscope train {0} --resume {1}', model, info.id));
  }
}

function lossesText({ loss, validationLoss, validationAccuracy }: EndEvent): string {
  const shown = formatNumber(loss);
  if (validationLoss === undefined) return l10n.t('loss {0}', shown);
  const validation = formatNumber(validationLoss);
  return validationAccuracy === undefined
    ? l10n.t('loss {0}, validation loss {1}', shown, validation)
    : l10n.t(
        'loss {0}, validation loss {1}, accuracy {2}',
        shown,
        validation,
        formatShare(validationAccuracy),
      );
}

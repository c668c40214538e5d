import * as l10n from '@vscode/l10n';
import type { RunInfo, StatusEvent, StepsEvent, ValidationEvent } from '../protocol/engine.ts';
import { formatShare } from './epochTable.ts';
import { formatDuration, formatNumber } from './numbers.ts';
import type { Terminal } from './terminal.ts';

const barWidth = 20;
const liveInterval = 100;
/** Where nothing can be rewritten, a line now and then. */
const lineInterval = 5000;

/** Tells a person how the training goes: one line that is rewritten, or a line every few seconds into a file or pipe. */
export class Progress {
  private readonly terminal: Terminal;
  private readonly info: RunInfo;
  private readonly started = performance.now();
  private shownAt = -Infinity;
  private steps = 0;
  private loss = NaN;
  private accuracy: number | undefined;
  private validation: ValidationEvent | undefined;
  private stepsPerSecond = 0;

  constructor(terminal: Terminal, info: RunInfo) {
    this.terminal = terminal;
    this.info = info;
    this.steps = info.step;
  }

  takeSteps({ first, loss, accuracy }: StepsEvent): void {
    this.steps = first + loss.length;
    this.loss = loss[loss.length - 1] ?? this.loss;
    this.accuracy = accuracy?.[accuracy.length - 1] ?? this.accuracy;
    this.show();
  }

  takeValidation(validation: ValidationEvent): void {
    this.validation = validation;
  }

  takeStatus({ stepsPerSecond }: StatusEvent): void {
    if (stepsPerSecond > 0) this.stepsPerSecond = stepsPerSecond;
  }

  /** Clears the live line. */
  end(): void {
    this.terminal.live('');
  }

  private show(): void {
    const { interactive } = this.terminal;
    const now = performance.now();
    if (now - this.shownAt < (interactive ? liveInterval : lineInterval)) return;
    this.shownAt = now;
    if (interactive) this.terminal.live(this.liveLine());
    else this.terminal.print(this.line());
  }

  /** With a bar where the terminal is wide enough; a line that wraps could not be rewritten. */
  private liveLine(): string {
    const room = this.terminal.width - 1;
    const line = this.line();
    const withBar = `${bar(this.steps / this.info.steps)}  ${line}`;
    return withBar.length <= room ? withBar : line.slice(0, room);
  }

  private line(): string {
    const { steps: total } = this.info;
    const digits = String(total).length;
    const remaining = (total - this.steps) / this.rate();
    return [
      l10n.t('step {0}/{1}', String(this.steps).padStart(digits), total),
      [l10n.t('loss'), formatNumber(this.loss), formatShare(this.accuracy)].join(' ').trimEnd(),
      ...(this.validation === undefined ? [] : [validationText(this.validation)]),
      l10n.t('{0} steps/s', formatNumber(this.rate())),
      l10n.t('{0} left', formatDuration(remaining)),
    ].join('  ');
  }

  private rate(): number {
    if (this.stepsPerSecond > 0) return this.stepsPerSecond;
    return (this.steps - this.info.step) / ((performance.now() - this.started) / 1000);
  }
}

function validationText({ loss, accuracy }: ValidationEvent): string {
  return [l10n.t('validation'), formatNumber(loss), formatShare(accuracy)].join(' ').trimEnd();
}

function bar(share: number): string {
  const filled = Math.round(Math.min(1, share) * barWidth);
  return '█'.repeat(filled) + '░'.repeat(barWidth - filled);
}

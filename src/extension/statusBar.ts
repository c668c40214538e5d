import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifetime.ts';
import type { Run } from './run.ts';
import type { RunController } from './runController.ts';

const updateInterval = 250;

/** The one entry in the status bar: what the window's run is doing. */
export class StatusBar implements Disposable {
  private readonly runs: RunController;
  private readonly item: vscode.StatusBarItem;
  private readonly store = new DisposableStore();
  private followed: Run | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(runs: RunController) {
    this.runs = runs;
    this.item = vscode.window.createStatusBarItem(
      'normscope.run',
      vscode.StatusBarAlignment.Left,
      10,
    );
    this.item.name = 'Normscope';
    this.store.add(this.item);
    this.store.add(runs.onDidChange(() => this.follow()));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.store.dispose();
  }

  private follow(): void {
    const { current } = this.runs;
    if (current && current !== this.followed) {
      this.followed = current;
      // Not at every change of the text: a click while the command is replaced would be lost.
      this.item.command = {
        title: l10n.t('Show Run'),
        command: 'normscope.openPanel',
        arguments: [vscode.Uri.file(current.info.modelPath)],
      };
      current.onDelta(() => {
        this.timer ??= setTimeout(() => this.show(), updateInterval);
      });
    }
    this.show();
  }

  private show(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { current, phase } = this.runs;
    if (phase === 'opening') {
      this.item.text = `$(loading~spin) ${l10n.t('Compiling')}`;
      this.item.tooltip = undefined;
      this.item.backgroundColor = undefined;
      this.item.show();
      return;
    }
    if (!current) {
      this.item.hide();
      return;
    }
    this.item.text = textOf(current, phase);
    this.item.tooltip = tooltipOf(current);
    this.item.accessibilityInformation = { label: tooltipOf(current) };
    const isBad = phase === 'lost' || phase === 'failed';
    this.item.backgroundColor = isBad
      ? new vscode.ThemeColor('statusBarItem.errorBackground')
      : undefined;
    this.item.show();
  }
}

function iconOf(phase: RunController['phase']): string {
  switch (phase) {
    case 'training':
      return '$(pulse)';
    case 'paused':
    case 'ready':
      return '$(debug-pause)';
    case 'failed':
    case 'lost':
      return '$(error)';
    case 'ended':
      return '$(check)';
    case 'none':
    case 'opening':
      return '$(circle-outline)';
  }
}

function textOf(run: Run, phase: RunController['phase']): string {
  const { step, stepsPerSecond } = run.status;
  const loss = run.record.series.latestScalar('loss');
  return [
    `${iconOf(phase)} ${step}/${run.info.steps}`,
    ...(Number.isNaN(loss) && step === 0 ? [] : [l10n.t('loss {0}', loss.toPrecision(4))]),
    ...(phase === 'training' && stepsPerSecond > 0
      ? [l10n.t('{0} steps/s', stepsPerSecond.toPrecision(3))]
      : []),
  ].join('  ');
}

function tooltipOf(run: Run): string {
  const { modelName, id, steps } = run.info;
  const { error, step } = run.status;
  const state = l10n.t('{0}, run {1}: step {2} of {3}', modelName, id, step, steps);
  return error === undefined ? state : `${state}\n${error.message}`;
}

import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifetime.ts';
import type { FollowedRun } from './followedRun.ts';
import type { FollowedRuns } from './followedRuns.ts';
import type { Run } from './run.ts';
import type { RunController } from './runController.ts';

const updateInterval = 250;

/** The one entry in the status bar: what the window's run is doing, or the one that it follows. */
export class StatusBar implements Disposable {
  private readonly runs: RunController;
  private readonly item: vscode.StatusBarItem;
  private readonly store = new DisposableStore();
  private readonly followed: FollowedRuns;
  private shown: Run | FollowedRun | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(runs: RunController, followed: FollowedRuns) {
    this.runs = runs;
    this.followed = followed;
    this.item = vscode.window.createStatusBarItem(
      'normscope.run',
      vscode.StatusBarAlignment.Left,
      10,
    );
    this.item.name = 'Normscope';
    this.store.add(this.item);
    this.store.add(runs.onDidChange(() => this.follow()));
    this.store.add(followed.onDidChange(() => this.follow()));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.store.dispose();
  }

  private follow(): void {
    const current = this.current();
    if (current && current !== this.shown) {
      this.shown = current;
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

  private current(): Run | FollowedRun | undefined {
    const { current } = this.runs;
    return current?.isOpen === true ? current : (this.followed.live ?? current);
  }

  private show(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { phase } = this.runs;
    const current = this.current();
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
    const isFollowed = current !== this.runs.current;
    this.item.text = textOf(current, isFollowed ? 'followed' : phase);
    this.item.tooltip = tooltipOf(current);
    this.item.accessibilityInformation = { label: tooltipOf(current) };
    const isBad = !isFollowed && (phase === 'lost' || phase === 'failed');
    this.item.backgroundColor = isBad
      ? new vscode.ThemeColor('statusBarItem.errorBackground')
      : undefined;
    this.item.show();
  }
}

type ShownPhase = RunController['phase'] | 'followed';

function iconOf(phase: ShownPhase): string {
  switch (phase) {
    case 'followed':
      return '$(eye)';
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

function textOf(run: Run | FollowedRun, phase: ShownPhase): string {
  const { step, stepsPerSecond } = run.status;
  const loss = run.record.series.latestScalar('loss');
  return [
    `${iconOf(phase)} ${step}/${run.info.steps}`,
    ...(Number.isNaN(loss) && step === 0 ? [] : [l10n.t('loss {0}', loss.toPrecision(4))]),
    ...(['training', 'followed'].includes(phase) && stepsPerSecond > 0
      ? [l10n.t('{0} steps/s', stepsPerSecond.toPrecision(3))]
      : []),
  ].join('  ');
}

function tooltipOf(run: Run | FollowedRun): string {
  const { modelName, id, steps } = run.info;
  const { error, step } = run.status;
  const state = l10n.t('{0}, run {1}: step {2} of {3}', modelName, id, step, steps);
  return error === undefined ? state : `${state}\n${error.message}`;
}

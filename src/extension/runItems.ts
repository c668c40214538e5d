import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { counted } from '../base/counts.ts';
import type { RunSummary } from '../engine/runs/summary.ts';
import type { RunFolder } from './workspaceRuns.ts';

const { ThemeColor, ThemeIcon } = vscode;

/** The runs of one model file; of those that cannot be read it is unknown. */
export interface ModelNode {
  readonly kind: 'model';
  readonly modelPath: string | undefined;
  readonly folder: string;
  readonly runs: readonly RunNode[];
}

export interface RunNode {
  readonly kind: 'run';
  readonly run: RunSummary;
  readonly modelPath: string | undefined;
}

export interface CheckpointNode {
  readonly kind: 'checkpoint';
  readonly run: RunSummary;
  readonly step: number;
}

/** A row of the tree of runs. */
export type RunTreeNode = ModelNode | RunNode | CheckpointNode;

/** Groups the runs of the workspace by their model files, which stay in the order of their names. */
export function groupByModel(folders: readonly RunFolder[]): readonly ModelNode[] {
  return folders.flatMap(({ folder, runs }) => {
    const groups = new Map<string | undefined, RunNode[]>();
    for (const run of runs) {
      const { modelFile } = run;
      // The workspace may have moved since: a run lies beside its model file, wherever that is by now.
      const modelPath = modelFile === undefined ? undefined : path.join(folder, modelFile);
      const group = groups.get(modelPath) ?? [];
      groups.set(modelPath, [...group, { kind: 'run', run, modelPath }]);
    }
    return [...groups]
      .map(([modelPath, nodes]): ModelNode => ({ kind: 'model', modelPath, folder, runs: nodes }))
      .sort((a, b) => ((a.modelPath ?? '\uffff') < (b.modelPath ?? '\uffff') ? -1 : 1));
  });
}

/** The rows inside of a row. */
export function rowsInside(node: RunTreeNode): readonly RunTreeNode[] {
  if (node.kind === 'model') return node.runs;
  if (node.kind === 'checkpoint') return [];
  const { run } = node;
  return run.checkpoints.map((step) => ({ kind: 'checkpoint', run, step }));
}

/** A row as the tree shows it; `isPaused` for the run of this window that stands still. */
export function runTreeItem(node: RunTreeNode, isPaused: boolean): vscode.TreeItem {
  if (node.kind === 'model') return modelItem(node);
  return node.kind === 'run' ? runItem(node, isPaused) : checkpointItem(node);
}

function modelItem({ modelPath, folder, runs }: ModelNode): vscode.TreeItem {
  const { Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(l10n.t('Damaged runs'), Expanded);
  item.id = modelPath ?? path.join(folder, '.normscope');
  item.description = String(runs.length);
  item.tooltip = modelPath ?? folder;
  item.iconPath = new ThemeIcon('warning');
  item.contextValue = 'model';
  if (modelPath !== undefined) {
    item.label = path.basename(modelPath);
    item.iconPath = ThemeIcon.File;
    item.resourceUri = vscode.Uri.file(modelPath);
  }
  return item;
}

function runItem(node: RunNode, isPaused: boolean): vscode.TreeItem {
  const { run } = node;
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(titleOf(run), run.checkpoints.length > 0 ? Collapsed : None);
  const facts = factsOf(run, isPaused);
  item.id = run.directory;
  item.description = facts.join(' · ');
  item.tooltip = [run.id, ...facts, ...(run.problem === undefined ? [] : [run.problem])].join('\n');
  item.iconPath = iconOf(run, isPaused);
  const canGoOn = run.checkpoints.length > 0 && ['stopped', 'failed'].includes(run.state);
  item.contextValue = `run ${run.state}${canGoOn ? ' resumable' : ''}`;
  if (run.state !== 'damaged') {
    item.command = {
      command: 'normscope.showRun',
      title: l10n.t('Show in Panel'),
      arguments: [node],
    };
  }
  return item;
}

function checkpointItem({ step, run }: CheckpointNode): vscode.TreeItem {
  const item = new vscode.TreeItem(l10n.t('step {0}', step));
  item.id = `${run.directory}#${step}`;
  item.description = l10n.t('checkpoint');
  item.iconPath = new ThemeIcon('save');
  item.contextValue = 'checkpoint';
  return item;
}

/** What a run is called: by a person, else after the time when it began. */
export function titleOf({ name, created, id }: RunSummary): string {
  if (name !== undefined) return name;
  const time = new Date(created ?? '');
  if (Number.isNaN(time.getTime())) return id;
  return time.toLocaleString(vscode.env.language, { dateStyle: 'medium', timeStyle: 'medium' });
}

function factsOf(run: RunSummary, isPaused: boolean): readonly string[] {
  const { state, step, steps, loss, validationLoss, milliseconds, problem } = run;
  const facts = [isPaused ? l10n.t('paused') : stateText(state)];
  if (state === 'damaged') return facts;
  facts.push(
    step === steps ? counted.steps(steps) : l10n.t('step {0} of {1}', step, steps),
    ...(loss === undefined ? [] : [l10n.t('loss {0}', loss.toPrecision(4))]),
    ...(validationLoss === undefined
      ? []
      : [l10n.t('validation {0}', validationLoss.toPrecision(4))]),
    ...(milliseconds === undefined ? [] : [durationText(milliseconds)]),
    ...(problem === undefined ? [] : [l10n.t('statistics damaged')]),
  );
  return facts;
}

function stateText(state: RunSummary['state']): string {
  switch (state) {
    case 'training':
      return l10n.t('training');
    case 'finished':
      return l10n.t('finished');
    case 'failed':
      return l10n.t('failed');
    case 'stopped':
      return l10n.t('stopped');
    case 'damaged':
      return l10n.t('damaged');
  }
}

function iconOf({ state }: RunSummary, isPaused: boolean): vscode.ThemeIcon {
  if (isPaused) return new ThemeIcon('debug-pause');
  switch (state) {
    case 'training':
      return new ThemeIcon('pulse', new ThemeColor('charts.green'));
    case 'finished':
      return new ThemeIcon('check');
    case 'failed':
      return new ThemeIcon('error', new ThemeColor('errorForeground'));
    case 'stopped':
      return new ThemeIcon('debug-stop');
    case 'damaged':
      return new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
  }
}

function durationText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return l10n.t('{0} s', seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return l10n.t('{0} min {1} s', minutes, seconds % 60);
  return l10n.t('{0} h {1} min', Math.floor(minutes / 60), minutes % 60);
}

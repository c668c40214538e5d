import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { fromJson } from '../base/json.ts';
import { childrenOf, type TopologyItem } from '../topology/topology.ts';
import type { ActiveModel } from './activeModel.ts';
import { debugConfiguration } from './debugConfigurations.ts';
import type { Models } from './models.ts';

const { debug, window } = vscode;

/** Opens the walkthrough of the extension. */
export async function openWalkthrough(extension: string): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${extension}#start`);
}

/** Milliseconds after which a key that pressed a button has come up again. */
const keyIsUp = 400;

/** Gives the list of runs the focus; again when the walkthrough, whose button asked for it, has taken the focus back. */
export async function showRuns(): Promise<void> {
  const focus = (): Thenable<unknown> => vscode.commands.executeCommand('normscope.runs.focus');
  await focus();
  await new Promise((resolve) => setTimeout(resolve, keyIsUp));
  await focus();
}

const suggestedCondition = 'var(in) > 0.01';

/**
 * Asks for a condition, or takes the suggested one unasked, sets a breakpoint with it at the last norm of the active model, and
 * trains until it holds. Without a model it opens the example to begin with.
 */
export async function breakOnVariance(
  active: ActiveModel,
  models: Models,
  isUnasked: boolean,
): Promise<void> {
  const { uri } = active;
  if (uri === undefined) {
    await vscode.commands.executeCommand('normscope.openExample', true);
    return;
  }
  const model = await models.checked(uri);
  const norm = lastNorm(fromJson(model.view.topology).items);
  if (norm === undefined) {
    void window.showInformationMessage(l10n.t('This model has no norms.'));
    return;
  }
  const condition = isUnasked ? suggestedCondition : await askForCondition(norm);
  if (condition === undefined) return;
  const location = new vscode.Location(uri, new vscode.Position(norm.line - 1, 0));
  const isThere = (breakpoint: vscode.Breakpoint): boolean =>
    breakpoint instanceof vscode.SourceBreakpoint &&
    breakpoint.location.uri.toString() === uri.toString() &&
    breakpoint.location.range.start.line === location.range.start.line;
  debug.removeBreakpoints(debug.breakpoints.filter(isThere));
  debug.addBreakpoints([new vscode.SourceBreakpoint(location, true, condition)]);
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  await debug.startDebugging(folder, { ...debugConfiguration(uri), stopOnEntry: false });
}

function askForCondition({ path }: TopologyItem): Thenable<string | undefined> {
  return window.showInputBox({
    title: l10n.t('Break on Variance'),
    prompt: l10n.t('The training stops before the step in which this first holds at {0}.', path),
    value: suggestedCondition,
  });
}

function lastNorm(items: readonly TopologyItem[]): TopologyItem | undefined {
  for (const item of items.toReversed()) {
    if (item.kind === 'layer' && item.role === 'norm') return item;
    const inside = lastNorm(childrenOf(item));
    if (inside) return inside;
  }
  return undefined;
}

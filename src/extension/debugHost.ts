import { readFile } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { NormscopeError } from '../base/errors.ts';
import type { AttachArguments, LaunchArguments } from '../debugger/arguments.ts';
import type { DebuggedRun, DebugHost } from '../debugger/host.ts';
import type { Run } from './run.ts';
import type { RunController } from './runController.ts';
import type { Training } from './training.ts';

/** Debugs the run of this window: panel and status bar show the same run as the debugger. */
export class EditorDebugHost implements DebugHost {
  private readonly runs: RunController;
  private readonly training: Training;

  constructor(runs: RunController, training: Training) {
    this.runs = runs;
    this.training = training;
  }

  async launch(options: LaunchArguments): Promise<DebuggedRun> {
    const { program, set: overrides, steps, seed, threads, resume } = options;
    const run = await this.training.openForDebugger(vscode.Uri.file(program), {
      overrides,
      ...(steps !== undefined && { steps }),
      ...(seed !== undefined && { seed }),
      ...(threads !== undefined && { threads }),
      ...(resume !== undefined && { resume }),
    });
    if (run) return debuggedRun(run);
    throw new NormscopeError('rule', 'debug-refused', l10n.t('The model was not started.'));
  }

  attach({ program }: AttachArguments): Promise<DebuggedRun> {
    const { current } = this.runs;
    if (current?.isOpen && (program === undefined || program === current.info.modelPath)) {
      return Promise.resolve(debuggedRun(current));
    }
    const message = l10n.t('No training of this window can be attached to. Start one first.');
    return Promise.reject(new NormscopeError('input', 'debug-attach', message));
  }

  async currentText(modelPath: string): Promise<string | undefined> {
    const { textDocuments } = vscode.workspace;
    const open = textDocuments.find(({ uri }) => uri.fsPath === modelPath);
    if (open) return open.getText();
    return readFile(modelPath, 'utf8').catch(() => undefined);
  }
}

function debuggedRun(run: Run): DebuggedRun {
  const { modelText, overrides } = run.request;
  return {
    engine: run.connection,
    info: run.info,
    modelText,
    overrides,
    isTraining: run.state === 'training',
    stop: () => run.stop(),
    // The run belongs to the window: it may go on without a debugger.
    release: () => undefined,
  };
}

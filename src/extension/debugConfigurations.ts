import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { ActiveModel } from './activeModel.ts';
import { debugType } from './debugSession.ts';
import { whyNotOnDisk } from './onDisk.ts';
import type { PastRuns } from './pastRuns.ts';
import type { RunController } from './runController.ts';

const mostModels = 30;
const modelFiles = '**/*.model.{yaml,yml}';

/** An address of a file that is not on a disk; the letter of a Windows drive is none. */
const address = /^[a-z][\w+.-]+:/i;

/** How a configuration names a model: by its path, or by its address when it is not on a disk. */
function programOf(model: vscode.Uri): string {
  return model.scheme === 'file' ? model.fsPath : model.toString();
}

/** The configuration that debugs a model from its first step. */
export function debugConfiguration(model: vscode.Uri): vscode.DebugConfiguration {
  return {
    type: debugType,
    request: 'launch',
    name: l10n.t('Debug {0}', path.basename(model.path)),
    program: programOf(model),
    stopOnEntry: true,
  };
}

/** The configuration that takes part in the training of this window. */
export function attachConfiguration(): vscode.DebugConfiguration {
  const name = l10n.t('Attach to Training');
  return { type: debugType, request: 'attach', name, stopOnEntry: true };
}

/** The configuration that goes on with a run from its last checkpoint. */
function resumeConfiguration(modelPath: string, directory: string): vscode.DebugConfiguration {
  return {
    ...debugConfiguration(vscode.Uri.file(modelPath)),
    name: l10n.t('Resume {0} and Debug', path.basename(directory)),
    resume: directory,
  };
}

/** Makes F5 work on a model file without a launch.json, and completes what a launch.json leaves out. */
export class ConfigurationResolver implements vscode.DebugConfigurationProvider {
  private readonly active: ActiveModel;

  constructor(active: ActiveModel) {
    this.active = active;
  }

  resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.ProviderResult<vscode.DebugConfiguration> {
    const { uri } = this.active;
    // F5 in a folder without a launch.json asks with an empty configuration.
    const isBare = !('request' in configuration) || configuration.request === '';
    const isComplete = configuration.request !== 'launch' || 'program' in configuration;
    if (!isBare && isComplete) return configuration;
    if (uri === undefined) {
      const message = l10n.t('Open a model file, or name one as "program" in launch.json.');
      return vscode.window.showErrorMessage(message).then(() => undefined);
    }
    return isBare
      ? { ...configuration, ...debugConfiguration(uri) }
      : { ...configuration, program: programOf(uri) };
  }

  resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.ProviderResult<vscode.DebugConfiguration> {
    const program: unknown = configuration['program'];
    if (typeof program !== 'string') return configuration;
    if (address.test(program)) {
      const message = whyNotOnDisk(vscode.Uri.parse(program));
      void vscode.window.showErrorMessage(message ?? program);
      return undefined;
    }
    if (path.isAbsolute(program) || !folder) return configuration;
    return { ...configuration, program: path.join(folder.uri.fsPath, program) };
  }
}

/** Lists what can be debugged in the debugger's menu: the training of this window, its newest run, the models of the workspace. */
export class ModelConfigurations implements vscode.DebugConfigurationProvider {
  private readonly runs: RunController;
  private readonly past: PastRuns;

  constructor(runs: RunController, past: PastRuns) {
    this.runs = runs;
    this.past = past;
  }

  async provideDebugConfigurations(): Promise<vscode.DebugConfiguration[]> {
    const models = await vscode.workspace.findFiles(
      modelFiles,
      '**/{node_modules,.normscope}/**',
      mostModels,
    );
    const ofModels = models
      .sort((a, b) => a.fsPath.localeCompare(b.fsPath))
      .map(debugConfiguration);
    const { current } = this.runs;
    if (current?.isOpen) return [attachConfiguration(), ...ofModels];
    const info = current?.info ?? (await this.past.load())?.info;
    if (info === undefined) return ofModels;
    return [resumeConfiguration(info.modelPath, info.directory), ...ofModels];
  }
}

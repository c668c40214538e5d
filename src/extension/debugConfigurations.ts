import path from 'node:path';
import * as vscode from 'vscode';
import type { ActiveModel } from './activeModel.ts';

const { l10n } = vscode;

/** Type of debug configurations, as the extension's manifest names it. */
export const debugType = 'normscope';

const mostModels = 30;
const modelFiles = '**/*.model.{yaml,yml}';

/** The configuration that debugs a model from its first step. */
export function debugConfiguration(model: vscode.Uri): vscode.DebugConfiguration {
  return {
    type: debugType,
    request: 'launch',
    name: l10n.t('Debug {0}', path.basename(model.fsPath)),
    program: model.fsPath,
    stopOnEntry: true,
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
      : { ...configuration, program: uri.fsPath };
  }

  resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration {
    const program: unknown = configuration['program'];
    if (typeof program !== 'string' || path.isAbsolute(program) || !folder) return configuration;
    return { ...configuration, program: path.join(folder.uri.fsPath, program) };
  }
}

/** Lists the models of the workspace in the debugger's menu. */
export class ModelConfigurations implements vscode.DebugConfigurationProvider {
  async provideDebugConfigurations(): Promise<vscode.DebugConfiguration[]> {
    const models = await vscode.workspace.findFiles(
      modelFiles,
      '**/{node_modules,.normscope}/**',
      mostModels,
    );
    return models.sort((a, b) => a.fsPath.localeCompare(b.fsPath)).map(debugConfiguration);
  }
}

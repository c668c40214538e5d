import './loadTexts.ts';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/lifetime.ts';
import { EngineClient } from '../engine/client.ts';
import { textsEnvironment } from '../engine/texts.ts';
import { ActiveModel } from './activeModel.ts';
import { CodeLenses } from './codeLenses.ts';
import { LanguageClient } from './languageClient.ts';
import { Debugging } from './debugging.ts';
import { registerEditor } from './editor/register.ts';
import { LayersView } from './layersView.ts';
import { LiveValues } from './liveValues.ts';
import { createLog, showError } from './log.ts';
import { modelLanguage, Models } from './models.ts';
import { openExample } from './openExample.ts';
import { Panels } from './panels.ts';
import { PastRuns } from './pastRuns.ts';
import { reportOf } from '../base/errors.ts';
import { RunController } from './runController.ts';
import { publishRunContext } from './runContext.ts';
import { RunsView } from './runsView.ts';
import { Selection } from './selection.ts';
import { StatusBar } from './statusBar.ts';
import { Training } from './training.ts';
import { FollowedRuns } from './followedRuns.ts';
import { breakOnVariance, openWalkthrough, showRuns } from './walkthrough.ts';
import { WorkspaceRuns } from './workspaceRuns.ts';

/** What other extensions, and the tests, may use. */
export interface NormscopeApi {
  readonly runs: RunController;
  readonly models: Models;
  readonly panels: Panels;
  readonly trees: { readonly runs: RunsView; readonly layers: LayersView };
}

/**
 * What a command does with a model file, that of the editor when not given. The walkthrough calls commands with `true` for what they
 * do unasked: its page takes the focus back a moment after the key that pressed a button comes up, which closes any question.
 */
type Command = (uri: vscode.Uri | undefined, isUnasked: boolean) => unknown;

let runs: RunController | undefined;

/** VS Code calls this when the first model file, command or panel needs the extension. Only composes. */
export function activate(context: vscode.ExtensionContext): NormscopeApi {
  const { extensionUri } = context;
  const store = new DisposableStore();
  context.subscriptions.push(store);
  const program = (name: string): string => vscode.Uri.joinPath(extensionUri, 'dist', name).fsPath;

  const log = store.add(createLog());
  const environment = textsEnvironment(vscode.l10n.uri?.fsPath);
  const client = store.add(new LanguageClient(program('languageWorker.cjs'), environment));
  const controller = store.add(
    new RunController(() => new EngineClient(program('engine.cjs'), { environment })),
  );
  runs = controller;
  const models = store.add(new Models(client, log));
  const active = store.add(new ActiveModel());
  const past = store.add(new PastRuns(client, context.workspaceState));
  const followed = store.add(new FollowedRuns(client, active, controller));
  const training = store.add(
    new Training({ runs: controller, models, active, past, followed, log }),
  );
  const selection = store.add(new Selection(models, active));
  const services = {
    ...{ extensionUri, models, active, runs: controller },
    ...{ past, followed, training, selection },
  };
  const panels = store.add(new Panels(services));
  const debugging = store.add(
    new Debugging({ runs: controller, training, past, active, models, selection }),
  );
  const workspaceRuns = store.add(new WorkspaceRuns(client, active, controller));
  const trees = {
    runs: store.add(new RunsView(workspaceRuns, { runs: controller, training, past, panels, log })),
    layers: store.add(new LayersView(models, active, selection)),
  };
  store.add(new LiveValues(controller));
  store.add(new StatusBar(controller, followed));
  store.add(publishRunContext(controller, past, followed));
  store.add(
    vscode.languages.registerCodeLensProvider({ language: modelLanguage }, new CodeLenses()),
  );
  store.add(registerEditor(client));

  const examples = { extensionUri, storageUri: context.globalStorageUri, log };
  const commands: Readonly<Record<string, Command>> = {
    debugAttach: () => debugging.attach(),
    debugNextEpoch: () => debugging.nextEpoch(),
    openExample: (_, isUnasked) => openExample(examples, isUnasked),
    openWalkthrough: () => openWalkthrough(context.extension.id),
    showRuns,
    breakOnVariance: (_, isUnasked) => breakOnVariance(active, models, isUnasked),
    openPanel: (uri) => {
      panels.open(uri);
    },
    train: (uri) => training.train(uri),
    step: (uri) => training.step(1, uri),
    debug: (uri) => debugging.start(uri),
    debugNextStep: () => debugging.nextStep(),
    debugGoToStep: () => debugging.goToStep(),
    pause: () => training.pause(),
    stop: () => training.stop(),
    resume: () => training.resume(),
    showRunFolder: () => training.showRunFolder(),
    showLog: () => {
      log.show();
    },
  };
  for (const [name, run] of Object.entries(commands)) {
    const command = async (argument?: unknown): Promise<void> => {
      try {
        await run(argument instanceof vscode.Uri ? argument : undefined, argument === true);
      } catch (error) {
        showError(log, reportOf(error));
      }
    };
    store.add(vscode.commands.registerCommand(`normscope.${name}`, command));
  }
  return { runs: controller, models, panels, trees };
}

/** VS Code calls this when the window closes: the engine ends its step and writes a checkpoint if there is time. */
export async function deactivate(): Promise<void> {
  await runs?.close();
}

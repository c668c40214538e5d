import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifetime.ts';
import type { ActiveModel } from './activeModel.ts';
import { BreakpointStatus } from './breakpointStatus.ts';
import {
  attachConfiguration,
  ConfigurationResolver,
  debugConfiguration,
  ModelConfigurations,
} from './debugConfigurations.ts';
import { EditorDebugHost } from './debugHost.ts';
import { InlineValues, LayerExpressions } from './debugInlineValues.ts';
import { activeSession, debugType } from './debugSession.ts';
import { DebugViews } from './debugViews.ts';
import { layerAtLine } from './layerAtLine.ts';
import { modelLanguage, type Models } from './models.ts';
import type { PastRuns } from './pastRuns.ts';
import type { RunController } from './runController.ts';
import type { Selection } from './selection.ts';
import type { Training } from './training.ts';

const { debug, window } = vscode;
/** Milliseconds without typing after which an edited model is compared with the one that is debugged. */
const editPause = 400;

/** What the debugger works with. */
export interface DebuggingServices {
  readonly runs: RunController;
  readonly training: Training;
  readonly past: PastRuns;
  readonly active: ActiveModel;
  readonly models: Models;
  readonly selection: Selection;
}

/** The debugger of trainings in this editor. */
export class Debugging implements Disposable {
  private readonly services: DebuggingServices;
  private readonly store = new DisposableStore();
  private timer: NodeJS.Timeout | undefined;

  constructor(services: DebuggingServices) {
    this.services = services;
    const { runs, training, past, active, selection } = services;
    const host = new EditorDebugHost(runs, training);
    const { store } = this;
    store.add(
      debug.registerDebugAdapterDescriptorFactory(debugType, {
        createDebugAdapterDescriptor: async () => {
          // The debugger brings the whole language along: it is loaded by whoever debugs.
          const { InlineAdapter } = await import('./inlineAdapter.ts');
          return new vscode.DebugAdapterInlineImplementation(new InlineAdapter(host));
        },
      }),
    );
    store.add(
      debug.registerDebugConfigurationProvider(debugType, new ConfigurationResolver(active)),
    );
    store.add(
      debug.registerDebugConfigurationProvider(
        debugType,
        new ModelConfigurations(runs, past),
        vscode.DebugConfigurationProviderTriggerKind.Dynamic,
      ),
    );
    store.add(
      vscode.languages.registerInlineValuesProvider(
        { language: modelLanguage },
        new InlineValues(),
      ),
    );
    store.add(
      vscode.languages.registerEvaluatableExpressionProvider(
        { language: modelLanguage },
        new LayerExpressions((document, line) => this.layerAt(document, line)),
      ),
    );
    store.add(new DebugViews(selection));
    store.add(new BreakpointStatus());
    store.add(vscode.workspace.onDidChangeTextDocument((event) => this.compareText(event)));
    store.add(debug.onDidChangeActiveStackItem((item) => void this.follow(item)));
    store.add(debug.onDidReceiveDebugSessionCustomEvent((event) => void this.offerRestart(event)));
  }

  /** Starts debugging a model from its first step; the active one when none is given. */
  async start(model = this.services.active.uri): Promise<void> {
    if (model === undefined) return;
    const folder = vscode.workspace.getWorkspaceFolder(model);
    await debug.startDebugging(folder, debugConfiguration(model));
  }

  /** Takes part in the training of this window, and pauses it. */
  async attach(): Promise<void> {
    await debug.startDebugging(undefined, attachConfiguration());
  }

  /** Takes the step that stands still and stops at the beginning of the next one. */
  async nextStep(): Promise<void> {
    await activeSession()?.customRequest('normscope/nextStep');
  }

  /** Trains to the first step of the next epoch. */
  async nextEpoch(): Promise<void> {
    await activeSession()?.customRequest('normscope/nextEpoch');
  }

  /** Asks for a step and goes there: back by replay, forward by training. */
  async goToStep(): Promise<void> {
    const session = activeSession();
    const { current } = this.services.runs;
    if (session === undefined || current === undefined) return;
    const { steps } = current.info;
    const text = await window.showInputBox({
      title: l10n.t('Go to Step'),
      prompt: l10n.t(
        'A step from 0 to {0}. Steps that lie behind are computed again, exactly.',
        steps,
      ),
      value: String(current.status.step),
      validateInput: (value) => {
        const isStep = /^\d+$/.test(value.trim()) && Number(value) <= steps;
        return isStep ? undefined : l10n.t('Give a whole number from 0 to {0}.', steps);
      },
    });
    if (text === undefined) return;
    await session.customRequest('normscope/goToStep', { step: Number(text) });
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.store.dispose();
  }

  private layerAt(document: vscode.TextDocument, line: number): string | null {
    const { models, selection } = this.services;
    const layers = models.get(document.uri)?.layers() ?? [];
    return layerAtLine(layers, document.getText().split(/\r?\n/), line, selection.current);
  }

  /** The picture and the charts show the layer of the selected frame. */
  private async follow(
    item: vscode.DebugThread | vscode.DebugStackFrame | undefined,
  ): Promise<void> {
    if (!(item instanceof vscode.DebugStackFrame) || item.session.type !== debugType) return;
    try {
      const { frameId } = item;
      const frame = (await item.session.customRequest('normscope/frame', { frameId })) as {
        readonly path?: string;
      };
      if (frame.path !== undefined) this.services.selection.select(frame.path);
    } catch {
      // The training went on meanwhile: the next stop selects another frame.
    }
  }

  /** A model that is edited while its training stands still is told of at once. */
  private compareText({ document }: vscode.TextDocumentChangeEvent): void {
    const session = activeSession();
    const isItsModel = this.services.runs.current?.info.modelPath === document.uri.fsPath;
    if (session === undefined || !isItsModel) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void session.customRequest('normscope/compareText').then(undefined, () => undefined);
    }, editPause);
  }

  private async offerRestart({ event, session }: vscode.DebugSessionCustomEvent): Promise<void> {
    if (event !== 'normscope/modelEdited') return;
    const restart = l10n.t('Restart');
    const choice = await window.showWarningMessage(
      l10n.t(
        'The model was changed after this run began. The debugger goes on with the model as it was; its lines may be off.',
      ),
      restart,
    );
    const isActive = debug.activeDebugSession?.id === session.id;
    if (choice === restart && isActive) {
      await vscode.commands.executeCommand('workbench.action.debug.restart');
    }
  }
}

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { DisposableStore, Emitter, type Disposable } from '../base/lifetime.ts';
import type { FromView, ToView } from '../protocol/view.ts';
import { panelHtml } from './panelHtml.ts';
import type { RunDelta } from './run.ts';

/** Type of the panel, as the extension's manifest names it. */
export const panelType = 'normscope.panel';

const frameMilliseconds = 16;

/** What a panel shows; asked for whenever a panel has to be complete again. */
export type PanelContent = Omit<Extract<ToView, { readonly type: 'hydrate' }>, 'type'>;

/**
 * One webview panel. It holds no state of its own: whenever its page says that it is there, it gets everything, and only
 * while it is visible does it get what changes. A hidden page does not exist: VS Code makes it anew when it is shown again.
 */
export class Panel implements Disposable {
  private readonly webviewPanel: vscode.WebviewPanel;
  private readonly content: () => PanelContent;
  private readonly store = new DisposableStore();
  private readonly messages = new Emitter<FromView>();
  private readonly ends = new Emitter<null>();
  private readonly appearances = new Emitter<boolean>();
  private isReady = false;
  private delta: RunDelta = {};
  private timer: NodeJS.Timeout | undefined;
  /** A valid message of the page. */
  readonly onMessage = this.messages.on;
  /** The panel is seen from now on, or is not any more. */
  readonly onVisible = this.appearances.on;
  /** The panel was closed. */
  readonly onDidDispose = this.ends.on;

  constructor(
    webviewPanel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    content: () => PanelContent,
  ) {
    this.webviewPanel = webviewPanel;
    this.content = content;
    const { webview } = webviewPanel;
    this.store.add(webview.onDidReceiveMessage((message: unknown) => void this.receive(message)));
    this.store.add(
      webviewPanel.onDidChangeViewState(() => {
        if (webviewPanel.visible) this.hydrate();
        else this.isReady = false;
        this.appearances.fire(webviewPanel.visible);
      }),
    );
    this.store.add(webviewPanel.onDidDispose(() => this.dispose()));
    webview.options = panelOptions(extensionUri);
    webview.html = pageOf(webview, extensionUri);
  }

  get isVisible(): boolean {
    return this.webviewPanel.visible;
  }

  /** Shows the panel where it is, without taking the focus. */
  reveal(): void {
    this.webviewPanel.reveal(undefined, true);
  }

  /** Sends a change if the page is there to see it. */
  post(message: ToView): void {
    if (!this.isReady) return;
    this.flush();
    void this.webviewPanel.webview.postMessage(message);
  }

  /** Sends a little more of the run, at most once a frame. */
  postDelta(delta: RunDelta): void {
    if (!this.isReady) return;
    if (this.delta.steps && delta.steps) this.flush();
    if (this.delta.validation && delta.validation) this.flush();
    this.delta = { ...this.delta, ...delta };
    this.timer ??= setTimeout(() => this.flush(), frameMilliseconds);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.store.dispose();
    this.webviewPanel.dispose();
    this.ends.fire(null);
    this.ends.dispose();
    this.appearances.dispose();
    this.messages.dispose();
  }

  private async receive(received: unknown): Promise<void> {
    // Loaded with the first panel, for its validation library is larger than the rest of the extension.
    const { parseFromView } = await import('../protocol/parseFromView.ts');
    const message = parseFromView(received);
    if (message === undefined) return;
    if (message.type === 'ready') this.hydrate();
    else this.messages.fire(message);
  }

  private hydrate(): void {
    this.isReady = true;
    this.delta = {};
    this.post({ type: 'hydrate', ...this.content() });
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { delta } = this;
    this.delta = {};
    if (Object.keys(delta).length === 0) return;
    void this.webviewPanel.webview.postMessage({ type: 'delta', ...delta } satisfies ToView);
  }
}

/** What the page may do: run our script and load files of the built folder, nothing else. */
export function panelOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [webviewFolder(extensionUri)] };
}

function webviewFolder(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}

function pageOf(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const folder = webviewFolder(extensionUri);
  const asset = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
  return panelHtml({
    assets: {
      script: asset('main.js'),
      style: asset('main.css'),
      layoutWorker: asset('elk-worker.min.js'),
    },
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    title: 'Normscope',
    language: vscode.env.language,
    texts: vscode.l10n.bundle,
  });
}

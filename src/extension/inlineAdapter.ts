import './loadTexts.ts';
import * as vscode from 'vscode';
import type { DebugHost } from '../debugger/host.ts';
import { NormscopeDebugSession } from '../debugger/session.ts';

/** The adapter as the editor wants it; disposing it parts with the run. */
export class InlineAdapter extends vscode.Disposable implements vscode.DebugAdapter {
  private readonly session: NormscopeDebugSession;
  readonly onDidSendMessage: vscode.Event<vscode.DebugProtocolMessage>;

  constructor(host: DebugHost) {
    const session = new NormscopeDebugSession(host);
    const messages = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
    super(() => {
      void session.close();
      messages.dispose();
    });
    session.onDidSendMessage((message) => messages.fire(message));
    this.session = session;
    this.onDidSendMessage = messages.event;
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    this.session.handleMessage(message as Parameters<NormscopeDebugSession['handleMessage']>[0]);
  }
}

import * as l10n from '@vscode/l10n';
import { DebugSession, Event, Response } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { NormscopeError, reportOf } from '../base/errors.ts';
import { Emitter } from '../base/lifetime.ts';

/** What a request is answered with, and what happens after the answer is on its way. */
export interface Reply {
  readonly body?: object;
  readonly afterwards?: () => unknown;
}

/** Answers the requests of one name. What it throws becomes the answer. */
export type Handler = (request: never) => Reply | Promise<Reply>;

/** Errors of requests that a client made a moment too late: nothing to bother a person with. */
const passing = ['debug-over', 'debug-running', 'debug-stale', 'debug-nothing'];
/** Requests that make sense after the end of the session. */
const lastRequests = ['disconnect', 'terminate', 'cancel', 'threads'];

/**
 * Speaks the Debug Adapter Protocol: each request is answered exactly once, whatever it holds, and after `terminated` no event
 * follows.
 */
export abstract class RequestServer extends DebugSession {
  private readonly closing = new Emitter<null>();
  private silent = false;
  /** The client has gone. */
  readonly onClosed = this.closing.on;

  /** By name of the request. */
  protected abstract readonly handlers: Readonly<Record<string, Handler>>;

  /** True after `terminated`, and from `disconnect` on. */
  protected get isOver(): boolean {
    return this.silent;
  }

  /** The library calls this when its stream has closed; who made the session decides what becomes of the process. */
  override shutdown(): void {
    this.closing.fire(null);
  }

  override sendEvent(event: DebugProtocol.Event): void {
    if (!this.silent) super.sendEvent(event);
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    void this.answer(request);
  }

  protected say(event: string, body?: object): void {
    this.sendEvent(new Event(event, body));
  }

  /** Writes a line to the client's debug console. */
  protected tell(text: string, category = 'console'): void {
    this.say('output', { category, output: `${text}\n` });
  }

  /** No event from now on. */
  protected fallSilent(): void {
    this.silent = true;
  }

  private async answer(request: DebugProtocol.Request): Promise<void> {
    const response: DebugProtocol.Response = new Response(request);
    let reply: Reply = {};
    try {
      reply = await this.handle(request.command, (request.arguments ?? {}) as never);
      if (reply.body) response.body = reply.body;
    } catch (error) {
      const { kind, code, message } = reportOf(error);
      const showUser = kind !== 'rule' && !passing.includes(code);
      const shown = { id: 1, format: escapeFormat(message), showUser };
      response.success = false;
      // Clients that do not know the structured error show this.
      response.message = message;
      response.body = { error: shown };
    }
    this.sendResponse(response);
    try {
      await reply.afterwards?.();
    } catch (error) {
      this.tell(reportOf(error).message, 'stderr');
    }
  }

  private async handle(command: string, values: never): Promise<Reply> {
    if (this.silent && !lastRequests.includes(command)) {
      throw new NormscopeError('input', 'debug-over', l10n.t('This debug session is over.'));
    }
    const handler = Object.hasOwn(this.handlers, command) ? this.handlers[command] : undefined;
    if (handler) return handler(values);
    const message = l10n.t('The Normscope debugger knows no request {0}.', command);
    throw new NormscopeError('input', 'debug-request', message);
  }
}

/** A message as a format of the protocol, in which braces stand for variables. */
function escapeFormat(message: string): string {
  return message.replaceAll('{', '(').replaceAll('}', ')');
}

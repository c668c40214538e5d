import { PassThrough } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DebugHost } from '../../src/debugger/host.ts';
import { NormscopeDebugSession } from '../../src/debugger/session.ts';
import { FakeEngine, smallModel } from './fakeEngine.ts';

/** Where the fake engine's model pretends to be. */
export const source = { path: '/nowhere/small.model.yaml' };

type Message = DebugProtocol.Response | DebugProtocol.Event;

/** A session in this process, spoken with message by message; over a fake engine when no host is given. */
export class InlineAdapter {
  readonly fake = new FakeEngine();
  readonly messages: Message[] = [];
  text = smallModel;
  private readonly session: NormscopeDebugSession;
  private readonly waiting = new Set<() => void>();
  private seq = 0;

  constructor(host?: DebugHost) {
    const fakeHost: DebugHost = {
      launch: () => Promise.resolve(this.fake.run),
      attach: () => Promise.resolve({ ...this.fake.run, isTraining: true }),
      currentText: () => Promise.resolve(this.text),
    };
    this.session = new NormscopeDebugSession(host ?? fakeHost);
    this.session.start(new PassThrough(), new PassThrough());
    this.session.onDidSendMessage((message) => {
      this.messages.push(structuredClone(message) as Message);
      for (const check of this.waiting) check();
    });
  }

  /** Sends a request and resolves with its response, successful or not. */
  async send(command: string, values?: object): Promise<DebugProtocol.Response> {
    const seq = ++this.seq;
    const request = { seq, type: 'request', command, arguments: values };
    this.session.handleMessage(request);
    return this.wait((message): message is DebugProtocol.Response => {
      return 'request_seq' in message && message.request_seq === seq;
    });
  }

  /** Sends a request that must succeed, and resolves with what it is answered. */
  async ask<Body = unknown>(command: string, values?: object): Promise<Body> {
    const response = await this.send(command, values);
    if (!response.success) throw new Error(`${command}: ${JSON.stringify(response.body)}`);
    return response.body as Body;
  }

  /** The next event of a kind; those sent before `from` do not count. */
  event(name: string, from = this.messages.length): Promise<DebugProtocol.Event> {
    return this.wait((message): message is DebugProtocol.Event => {
      return message.type === 'event' && 'event' in message && message.event === name;
    }, from);
  }

  /** Sends a request that moves, and resolves with the stop that it ends in. */
  async move(command: string, values: object = { threadId: 1 }): Promise<DebugProtocol.Event> {
    const stop = this.event('stopped');
    await this.ask(command, values);
    return stop;
  }

  /** Launches and goes through the configuration, up to the first stop. */
  async stopOnEntry(abilities: object = {}, program = source.path): Promise<void> {
    await this.ask('initialize', { adapterID: 'normscope', ...abilities });
    const initialized = this.event('initialized');
    await this.ask('launch', { program, stopOnEntry: true });
    await initialized;
    await this.move('configurationDone');
  }

  private wait<M extends Message>(
    wanted: (message: Message) => message is M,
    from = 0,
  ): Promise<M> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = this.messages.slice(from).find(wanted);
        if (found === undefined) return;
        this.waiting.delete(check);
        resolve(found);
      };
      this.waiting.add(check);
      check();
    });
  }
}

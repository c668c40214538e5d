import * as l10n from '@vscode/l10n';
import { errorOf, NormscopeError, reportOf, type ErrorReport } from '../../base/errors.ts';
import { Emitter, type Disposable } from '../../base/lifetime.ts';

/** A two-way connection that carries structured clones (typed arrays stay typed arrays) in order. */
export interface Pipe {
  /** Sends a message; what cannot be sent any more is dropped. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): Disposable;
  /** Fires once, when no message can come any more. */
  onClose(listener: () => void): Disposable;
}

/** A table of requests: method name → function from one parameter to the result. */
export type Methods<M> = Record<keyof M, (parameter: never) => unknown>;
/** What a request takes. */
export type Parameter<M, K extends keyof M> = M[K] extends (parameter: infer P) => unknown
  ? P
  : never;
/** What a request leads to. */
export type Result<M, K extends keyof M> = M[K] extends (parameter: never) => infer R ? R : never;

type Message =
  | {
      readonly type: 'call';
      readonly id: number;
      readonly method: string;
      readonly parameter: unknown;
    }
  | {
      readonly type: 'reply';
      readonly id: number;
      readonly outcome:
        { readonly ok: true; readonly value: unknown } | { readonly ok: false; error: ErrorReport };
    }
  | { readonly type: 'event'; readonly name: string; readonly payload: unknown };

/** One implementation per method. */
export type Handlers<M extends Methods<M>> = {
  readonly [K in keyof M]: (parameter: Parameter<M, K>) => Result<M, K> | Promise<Result<M, K>>;
};

/** The side that answers requests and sends events. */
export interface Server<E> {
  post<K extends keyof E & string>(name: K, payload: E[K]): void;
}

/** Answers each call on `pipe` by its handler; what a handler throws goes back as an error report. */
export function serve<M extends Methods<M>, E>(pipe: Pipe, handlers: Handlers<M>): Server<E> {
  const table = new Map<string, (parameter: never) => unknown>(Object.entries(handlers));
  const answer = async (id: number, method: string, parameter: unknown): Promise<void> => {
    try {
      const handler = table.get(method);
      if (handler === undefined) throw new Error(`there is no method ${method}`);
      const value = await handler(parameter as never);
      pipe.send({ type: 'reply', id, outcome: { ok: true, value } } satisfies Message);
    } catch (error) {
      const outcome = { ok: false, error: reportOf(error) } as const;
      pipe.send({ type: 'reply', id, outcome } satisfies Message);
    }
  };
  pipe.onMessage((received) => {
    const message = received as Message;
    if (message.type === 'call') void answer(message.id, message.method, message.parameter);
  });
  return {
    post: (name, payload) => {
      pipe.send({ type: 'event', name, payload } satisfies Message);
    },
  };
}

interface OpenCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: NormscopeError) => void;
}

/** The side that makes requests and hears events. */
export class Caller<M extends Methods<M>, E> {
  private readonly pipe: Pipe;
  private readonly open = new Map<number, OpenCall>();
  private readonly events = new Map<string, Emitter<unknown>>();
  private readonly activity = new Emitter<null>();
  private closed: NormscopeError | undefined;
  private count = 0;

  constructor(pipe: Pipe) {
    this.pipe = pipe;
    pipe.onMessage((message) => {
      this.receive(message as Message);
    });
    pipe.onClose(() => {
      this.close(
        new NormscopeError('environment', 'channel-closed', l10n.t('the other process has gone')),
      );
    });
  }

  /** Requests that have not been answered yet. */
  get pending(): number {
    return this.open.size;
  }

  /** Fires on anything that arrives: a sign of life. */
  readonly onActivity = (listener: () => void): Disposable => this.activity.on(listener);

  /** Rejects with the other side's error, or with the reason of `close` when the answer can no longer come. */
  request<K extends keyof M & string>(
    method: K,
    parameter: Parameter<M, K>,
  ): Promise<Result<M, K>> {
    if (this.closed) return Promise.reject(this.closed);
    const id = this.count++;
    return new Promise((resolve, reject) => {
      this.open.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.pipe.send({ type: 'call', id, method, parameter } satisfies Message);
    });
  }

  on<K extends keyof E & string>(name: K, listener: (payload: E[K]) => void): Disposable {
    const emitter = this.events.get(name) ?? new Emitter();
    this.events.set(name, emitter);
    return emitter.on(listener as (payload: unknown) => void);
  }

  /** Settles every open request with `reason` and refuses new ones; only the first call counts. */
  close(reason: NormscopeError): void {
    if (this.closed) return;
    this.closed = reason;
    const calls = [...this.open.values()];
    this.open.clear();
    for (const call of calls) call.reject(reason);
    for (const emitter of this.events.values()) emitter.dispose();
    this.activity.dispose();
  }

  private receive(message: Message): void {
    if (this.closed) return;
    this.activity.fire(null);
    if (message.type === 'event') {
      this.events.get(message.name)?.fire(message.payload);
    } else if (message.type === 'reply') {
      const call = this.open.get(message.id);
      this.open.delete(message.id);
      if (message.outcome.ok) call?.resolve(message.outcome.value);
      else call?.reject(errorOf(message.outcome.error));
    }
  }
}

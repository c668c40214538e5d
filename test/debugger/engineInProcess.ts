import { Emitter, type Disposable } from '../../src/base/lifetime.ts';
import type { ErrorReport } from '../../src/base/errors.ts';
import type { OwnEngine } from '../../src/debugger/engineHost.ts';
import { Engine } from '../../src/engine/main/engine.ts';

/** A real engine without a process of its own: the same handlers, messages copied as between processes. */
export class EngineInProcess implements OwnEngine {
  private readonly events = new Map<string, Emitter<unknown>>();
  private readonly losses = new Emitter<ErrorReport>();
  private readonly engine = new Engine(() => ({
    post: (name, payload) => {
      const copy = structuredClone(payload);
      // As over a channel: never inside of the call that caused it.
      setImmediate(() => this.emitter(name).fire(copy));
    },
  }));
  readonly onLost = this.losses.on;
  /** Settles when the engine has given its run back. */
  closed: Promise<void> | undefined;

  readonly request: OwnEngine['request'] = async (method, parameter) => {
    await new Promise((resolve) => setImmediate(resolve));
    const handler = this.engine.handlers[method] as (parameter: unknown) => unknown;
    const answer = structuredClone(await handler(structuredClone(parameter)));
    await new Promise((resolve) => setImmediate(resolve));
    return answer as never;
  };

  on: OwnEngine['on'] = (event, listener): Disposable => {
    return this.emitter(event).on(listener as (payload: unknown) => void);
  };

  dispose(): void {
    this.closed ??= this.engine.close();
  }

  private emitter(name: string): Emitter<unknown> {
    const emitter = this.events.get(name) ?? new Emitter();
    this.events.set(name, emitter);
    return emitter;
  }
}

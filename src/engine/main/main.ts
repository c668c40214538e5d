import '../loadTexts.ts';
import { toDisposable } from '../../base/lifetime.ts';
import { serve, type Pipe, type Server } from '../../protocol/channel/channel.ts';
import type { EngineEvents, EngineMethods } from '../../protocol/engine.ts';
import { Engine } from './engine.ts';

/** The host's watchdog wants a sign of life; see `EngineClient`. */
const heartbeat = 1000;
/** How long an engine without a host may take to end its step and write a checkpoint. */
const goodbye = 1800;
const internalFailure = 70;

/** The engine process: serves one host over the channel that it was forked with, and never outlives it. */
function main(): void {
  if (process.send === undefined) {
    process.stderr.write('The engine is started by Normscope itself, with a channel to it.\n');
    process.exitCode = 2;
    return;
  }
  const engine = new Engine(() => server);
  const server: Server<EngineEvents> = serve<EngineMethods, EngineEvents>(
    processPipe(),
    engine.handlers,
  );
  setInterval(() => {
    server.post('alive', null);
  }, heartbeat).unref();
  process.on('disconnect', () => {
    setTimeout(() => process.exit(), goodbye).unref();
    void engine.close().finally(() => process.exit());
  });
}

function processPipe(): Pipe {
  return {
    send: (message) => {
      // After the host is gone there is nobody to tell.
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => {
      process.on('message', listener);
      return toDisposable(() => process.off('message', listener));
    },
    onClose: (listener) => {
      process.on('disconnect', listener);
      return toDisposable(() => process.off('disconnect', listener));
    },
  };
}

// Ctrl-C in a terminal reaches the whole group of processes; the host decides what becomes of the run.
process.on('SIGINT', () => undefined);
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? String(error)}\n`);
  process.exit(internalFailure);
});
main();

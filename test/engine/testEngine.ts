import type { ErrorReport } from '../../src/base/errors.ts';
import type { Server } from '../../src/protocol/channel/channel.ts';
import type { StoppedEvent } from '../../src/protocol/debug.ts';
import type { EngineEvents, RunInfo, StatusEvent, StreamEvent } from '../../src/protocol/engine.ts';
import type { HistogramEvent, StepsEvent } from '../../src/protocol/engine.ts';
import { Engine } from '../../src/engine/main/engine.ts';
import { writeModel } from './support.ts';

/** An engine in this process, and what it said. */
export class TestEngine {
  readonly stops: StoppedEvent[] = [];
  readonly logs: string[] = [];
  readonly histograms: HistogramEvent[] = [];
  readonly steps: StepsEvent[] = [];
  /** Of the run that was opened last. */
  info: RunInfo | undefined;
  readonly warnings: ErrorReport[] = [];
  readonly streams: StreamEvent[] = [];
  private readonly engine: Engine;
  private readonly listeners: ((status: StatusEvent) => void)[] = [];

  constructor() {
    const server: Server<EngineEvents> = {
      post: (name, payload) => {
        if (name === 'stopped') this.stops.push(payload as StoppedEvent);
        if (name === 'stream') this.streams.push(payload as StreamEvent);
        if (name === 'warning') this.warnings.push(payload as ErrorReport);
        if (name === 'histogram') this.histograms.push(payload as HistogramEvent);
        if (name === 'steps') this.steps.push(payload as StepsEvent);
        if (name === 'log') this.logs.push((payload as EngineEvents['log']).text);
        if (name === 'status') {
          for (const listener of this.listeners) listener(payload as StatusEvent);
        }
      },
    };
    this.engine = new Engine(() => server);
  }

  get ask(): Engine['handlers'] {
    return this.engine.handlers;
  }

  async open(folder: string, text: string): Promise<RunInfo> {
    this.info = await this.ask.open(writeModel(folder, text));
    return this.info;
  }

  /** Trains until the run stands still or is over. */
  async train(steps?: number): Promise<StatusEvent> {
    const rested = new Promise<StatusEvent>((resolve) => {
      const listener = (status: StatusEvent): void => {
        if (status.state === 'training') return;
        this.listeners.splice(this.listeners.indexOf(listener), 1);
        // The reason comes right after the status.
        setImmediate(() => {
          resolve(status);
        });
      };
      this.listeners.push(listener);
    });
    void this.ask.train(steps === undefined ? {} : { steps });
    return rested;
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}

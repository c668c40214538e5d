import assert from 'node:assert/strict';
import type { ErrorReport } from '../../src/base/errors.ts';
import { EngineClient, type EngineClientOptions } from '../../src/engine/client.ts';
import type { EndEvent, StatusEvent, StepsEvent } from '../../src/protocol/engine.ts';
import { engineProgram } from './support.ts';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks every few milliseconds; fails after `limit` of them. */
export async function until(condition: () => boolean, what: string, limit = 40_000): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > limit) assert.fail(`waited ${limit} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts engines for the tests of a `describe`; they are gone after each test. */
export function engineProcesses(): (options?: EngineClientOptions) => Promise<EngineClient> {
  let clients: EngineClient[] = [];
  before(engineProgram);
  afterEach(async () => {
    for (const client of clients) client.dispose();
    await Promise.all(clients.map((client) => client.exited));
    clients = [];
  });
  return async (options) => {
    const client = new EngineClient(await engineProgram(), options);
    clients.push(client);
    return client;
  };
}

/** All that an engine has told. */
export interface Heard {
  readonly steps: StepsEvent[];
  readonly statuses: StatusEvent[];
  readonly warnings: ErrorReport[];
  /** Steps of the acknowledged checkpoints. */
  readonly checkpoints: number[];
  /** Steps of the validations. */
  readonly validations: number[];
  readonly ends: EndEvent[];
  readonly losses: ErrorReport[];
  readonly last: StatusEvent | undefined;
  readonly state: StatusEvent['state'] | undefined;
}

export function listen(client: EngineClient): Heard {
  const heard: Heard = {
    steps: [],
    statuses: [],
    warnings: [],
    checkpoints: [],
    validations: [],
    ends: [],
    losses: [],
    get last() {
      return heard.statuses[heard.statuses.length - 1];
    },
    get state() {
      return heard.last?.state;
    },
  };
  client.on('steps', (steps) => heard.steps.push(steps));
  client.on('status', (status) => heard.statuses.push(status));
  client.on('warning', (warning) => heard.warnings.push(warning));
  client.on('checkpoint', ({ step }) => heard.checkpoints.push(step));
  client.on('validation', ({ step }) => heard.validations.push(step));
  client.on('end', (end) => heard.ends.push(end));
  client.onLost((reason) => heard.losses.push(reason));
  return heard;
}

/** Trains to the end. */
export async function trainToEnd(client: EngineClient, heard: Heard): Promise<EndEvent> {
  await client.request('train', {});
  const isOver = (): boolean => heard.ends.length > 0 || heard.losses.length > 0;
  await until(isOver, 'the end', 15 * 60_000);
  const [end] = heard.ends;
  assert.ok(end, heard.losses[0]?.message);
  return end;
}

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { EngineClient } from '../../src/engine/client.ts';
import type { OpenRequest, ProbeReport, StepsEvent } from '../../src/protocol/engine.ts';
import { normColumns, normWidth } from '../../src/statistics/taps.ts';

type Variables = readonly DebugProtocol.Variable[];

const root = path.resolve(import.meta.dirname, '../..');
const program = path.join(root, 'dist/cli.cjs');
export const enginePath = path.join(root, 'dist/engine.cjs');

/** A folder of its own for model files and their runs. */
export class Folder {
  readonly path = mkdtempSync(path.join(tmpdir(), 'normscope-debug-'));

  write(name: string, text: string): string {
    const file = path.join(this.path, name);
    writeFileSync(file, text);
    return file;
  }

  copyExample(...names: readonly string[]): string {
    for (const name of names) cpSync(path.join(root, 'examples', name), path.join(this.path, name));
    return path.join(this.path, names[0]!);
  }

  dispose(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What a step left: its loss, and the mean variance before a norm by the norm's path. */
export interface TakenStep {
  readonly loss: number;
  readonly varianceBefore: ReadonlyMap<string, number>;
}

/** Trains without a debugger and returns what each step left. */
export async function trainPlainly(
  request: Pick<OpenRequest, 'modelPath' | 'modelText' | 'overrides'> & Partial<OpenRequest>,
): Promise<readonly TakenStep[]> {
  const engine = new EngineClient(enginePath);
  try {
    const batches: StepsEvent[] = [];
    engine.on('steps', (steps) => batches.push(steps));
    const ended = new Promise((resolve) => engine.on('end', resolve));
    const { norms } = await engine.request('open', { allowedRoots: [], ...request });
    await engine.request('train', {});
    await ended;
    const column = normColumns.indexOf('in.var');
    return batches.flatMap((batch) =>
      Array.from(batch.loss, (loss, step) => ({
        loss,
        varianceBefore: new Map(
          norms.map(({ path: norm }, index) => [
            norm,
            batch.norms[(step * norms.length + index) * normWidth + column]!,
          ]),
        ),
      })),
    );
  } finally {
    engine.dispose();
    await engine.exited;
  }
}

/** Statistics of taps at the first step of a model, as `normscope probe --input data` reports them. */
export async function probePlainly(
  request: Pick<OpenRequest, 'modelPath' | 'modelText' | 'overrides'> & Partial<OpenRequest>,
  taps: string,
): Promise<ProbeReport> {
  const engine = new EngineClient(enginePath);
  try {
    await engine.request('open', { allowedRoots: [], purpose: 'look', ...request });
    return await engine.request('probe', { input: 'data', taps });
  } finally {
    engine.dispose();
    await engine.exited;
  }
}

/** A client of `normscope debug-adapter`, as an editor is one. */
export class Client extends DebugClient {
  constructor() {
    super(program, 'debug-adapter', 'normscope', { stdio: ['pipe', 'pipe', 'pipe'] }, true);
    this.defaultTimeout = 60_000;
  }

  /** Any request, with its answer. */
  async ask<Body>(command: string, values: object = {}): Promise<Body> {
    const response = await this.send(command, values);
    return response.body as Body;
  }

  /** Starts a session up to `configurationDone`; `configure` sets breakpoints. */
  async begin(launch: object, configure: () => Promise<unknown> = () => Promise.resolve()) {
    await this.start();
    await this.initializeRequest();
    const initialized = this.waitForEvent('initialized');
    await this.ask('launch', launch);
    await initialized;
    await configure();
    await this.configurationDoneRequest();
  }

  /** A request that moves, and the stop that it ends in. */
  async move(command: string, values: object = {}): Promise<DebugProtocol.StoppedEvent['body']> {
    const stop = this.nextStop();
    await this.ask(command, { threadId: 1, ...values });
    return stop;
  }

  async nextStop(): Promise<DebugProtocol.StoppedEvent['body']> {
    const event = (await this.waitForEvent('stopped')) as DebugProtocol.StoppedEvent;
    return event.body;
  }

  async stack(): Promise<readonly DebugProtocol.StackFrame[]> {
    const { stackFrames } = await this.ask<DebugProtocol.StackTraceResponse['body']>('stackTrace', {
      threadId: 1,
    });
    return stackFrames;
  }

  /** Names of the stack's frames, innermost first, without the run's. */
  async names(): Promise<readonly string[]> {
    return (await this.stack()).slice(0, -1).map(({ name }) => name);
  }

  async evaluate(expression: string): Promise<number> {
    const [frame] = await this.stack();
    const body = await this.ask<DebugProtocol.EvaluateResponse['body']>('evaluate', {
      expression,
      frameId: frame?.id,
    });
    return Number(body.result);
  }

  /** Variables of a scope of the innermost frame, as a person sees them. */
  async scope(name: string): Promise<Variables> {
    return this.variables(await this.scopeReference(name));
  }

  async scopeReference(name: string): Promise<number> {
    const [frame] = await this.stack();
    type Scopes = DebugProtocol.ScopesResponse['body'];
    const { scopes } = await this.ask<Scopes>('scopes', { frameId: frame?.id });
    const found = scopes.find((scope) => scope.name === name);
    assert.ok(found, `${name} is not among ${scopes.map((scope) => scope.name).join(', ')}`);
    return found.variablesReference;
  }

  /** What is inside of a variable; `page` asks for elements only. */
  async variables(variablesReference: number, page: object = {}): Promise<Variables> {
    type Answer = DebugProtocol.VariablesResponse['body'];
    return (await this.ask<Answer>('variables', { variablesReference, ...page })).variables;
  }

  /** The vectors of numbers in a tensor, each to be opened. */
  async vectors(scope: string, name: string): Promise<Variables> {
    const tensors = await this.scope(scope);
    const found = tensors.find((variable) => variable.name === name);
    assert.ok(found, `${name} is not among ${tensors.map((each) => each.name).join(', ')}`);
    let level: Variables = [found];
    while (level[0]?.type?.includes(',') === true) level = await this.children(level);
    return level;
  }

  /** All elements of a tensor, opened level by level. */
  async elements(scope: string, name: string): Promise<readonly number[]> {
    const numbers = await this.children(await this.vectors(scope, name));
    return numbers.map(({ value }) => Number(value.split(' ')[0]));
  }

  /** Moves to a layer or parameter of this step, e.g. `backward: head`. */
  async goToLayer(file: string, line: number, label: string): Promise<void> {
    type Targets = DebugProtocol.GotoTargetsResponse['body'];
    const { targets } = await this.ask<Targets>('gotoTargets', { source: { path: file }, line });
    const found = targets.find((target) => target.label === label);
    assert.ok(found, `${label} is not among ${targets.map((each) => each.label).join(', ')}`);
    await this.move('goto', { targetId: found.id });
  }

  private async children(parents: Variables): Promise<Variables> {
    const found: DebugProtocol.Variable[] = [];
    for (const { variablesReference } of parents) {
      found.push(...(await this.variables(variablesReference, { filter: 'indexed' })));
    }
    return found;
  }

  async setLines(file: string, ...breakpoints: readonly object[]) {
    return this.ask<DebugProtocol.SetBreakpointsResponse['body']>('setBreakpoints', {
      source: { path: file },
      breakpoints,
    });
  }
}

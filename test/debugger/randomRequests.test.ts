import assert from 'node:assert/strict';
import fc from 'fast-check';
import { buildKernel } from '../../scripts/kernel.ts';
import { engineHost } from '../../src/debugger/engineHost.ts';
import { InlineAdapter, source } from './adapter.ts';
import { EngineInProcess } from './engineInProcess.ts';
import { Folder } from './stdio.ts';
import { tinyModel } from './tinyModel.ts';

const commands = [
  ...['initialize', 'launch', 'attach', 'configurationDone', 'threads', 'stackTrace', 'scopes'],
  ...['variables', 'evaluate', 'completions', 'setVariable', 'readMemory', 'exceptionInfo'],
  ...['continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'pause', 'goto'],
  ...['gotoTargets', 'setBreakpoints', 'setFunctionBreakpoints', 'setDataBreakpoints'],
  ...['setExceptionBreakpoints', 'setInstructionBreakpoints', 'breakpointLocations'],
  ...['dataBreakpointInfo', 'restart', 'restartFrame', 'disassemble', 'cancel', 'nonsense'],
  ...['normscope/goToStep', 'normscope/runToStep', 'normscope/nextStep', 'normscope/nextEpoch'],
  ...['normscope/resumeFrom', 'normscope/norms', 'normscope/savedSteps', 'normscope/frame'],
  ...['normscope/inlineValues', 'normscope/compareText', 'terminate', 'disconnect', 'toString'],
];
const names = [
  ...['program', 'threadId', 'frameId', 'variablesReference', 'expression', 'source', 'line'],
  ...['breakpoints', 'targetId', 'step', 'stopOnEntry', 'name', 'value', 'filters', 'count'],
  ...['memoryReference', 'text', 'column', 'first', 'last', 'granularity', 'instructionCount'],
];

/** Sequences of requests about a model, sensible and not; each is waited for, or not. */
function sequences(model: string) {
  const value = fc.oneof(
    fc.integer({ min: -2, max: 45 }),
    fc.constantFrom('', 'in', '3', 'block.*', 'var(in) > 4', '0@start.out', 'lr', model),
    fc.constantFrom('instruction', 'moment:3', '0x10003', 'norm', '[0]'),
    fc.constant(null),
    fc.constant({ path: model }),
    fc.array(
      fc.record({
        line: fc.integer({ min: 0, max: 20 }),
        name: fc.constant('**'),
        dataId: fc.constant('last.in.var'),
        instructionReference: fc.constantFrom('moment:3', '0x10003'),
        hitCondition: fc.constantFrom('', '3', 'often'),
      }),
      { maxLength: 4 },
    ),
  );
  const values = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 });
  const request = fc.tuple(fc.constantFrom(...commands), values, fc.boolean());
  return fc.array(request, { maxLength: 25 });
}

type Requests = readonly (readonly [command: string, values: object, waits: boolean])[];

async function play(adapter: InlineAdapter, begun: boolean, requests: Requests): Promise<void> {
  const open: Promise<unknown>[] = [];
  for (const [command, given, waits] of requests) {
    const response = adapter.send(command, given);
    if (waits) await response;
    else open.push(response);
  }
  await Promise.all(open);
  await adapter.send('disconnect', {});
  await new Promise((resolve) => setTimeout(resolve, 0));
  check(adapter.messages, requests.length + 1 + (begun ? 3 : 0));
}

function check(messages: InlineAdapter['messages'], requests: number): void {
  const answered = messages.flatMap((m) => ('request_seq' in m ? [m.request_seq] : []));
  assert.equal(answered.length, requests, 'responses');
  assert.equal(new Set(answered).size, answered.length, 'a request was answered twice');
  const end = messages.findIndex((m) => 'event' in m && m.event === 'terminated');
  const late = end === -1 ? [] : messages.slice(end + 1).filter((m) => 'event' in m);
  assert.deepEqual(late, [], 'events after the end');
}

/** Answers each request once, and tells nothing after the end. */
describe('debug adapter under random requests', () => {
  const wanted = process.env['NORMSCOPE_RANDOM_SEQUENCES'];

  it('over an engine that computes nothing', async function () {
    const numRuns = Number(wanted ?? 400);
    this.timeout(Math.max(60_000, numRuns * 120));
    await fc.assert(
      fc.asyncProperty(fc.boolean(), sequences(source.path), async (begun, requests) => {
        const adapter = new InlineAdapter();
        if (begun) await adapter.stopOnEntry();
        await play(adapter, begun, requests);
      }),
      { numRuns },
    );
  });

  it('over the real engine', async function () {
    await buildKernel();
    const numRuns = Number(wanted ?? 60);
    this.timeout(Math.max(120_000, numRuns * 2000));
    const folder = new Folder();
    const file = folder.write('tiny.model.yaml', tinyModel);
    const engines: EngineInProcess[] = [];
    const host = engineHost(() => {
      const engine = new EngineInProcess();
      engines.push(engine);
      return engine;
    });
    try {
      await fc.assert(
        fc.asyncProperty(fc.boolean(), sequences(file), async (begun, requests) => {
          const adapter = new InlineAdapter(host);
          if (begun) await adapter.stopOnEntry({}, file);
          await play(adapter, begun, requests);
          for (const engine of engines.splice(0)) {
            engine.dispose();
            await engine.closed;
          }
        }),
        { numRuns },
      );
    } finally {
      folder.dispose();
    }
  });
});

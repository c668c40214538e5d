import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { engineHost } from '../../src/debugger/engineHost.ts';
import { requireChinese, speakChinese } from '../project/chinese.ts';
import { InlineAdapter, source } from './adapter.ts';

type Stack = DebugProtocol.StackTraceResponse['body'];
type Scopes = DebugProtocol.ScopesResponse['body'];
type Breakpoints = DebugProtocol.SetBreakpointsResponse['body'];

/** Requests that are refused before anything is debugged. */
const early: readonly (readonly [string, object])[] = [
  ['stackTrace', { threadId: 1 }],
  ['next', { threadId: 1 }],
  ['launch', {}],
  ['launch', { program: 7 }],
  ['launch', { program: source.path, seed: -1 }],
  ['launch', { program: source.path, noDebug: 'yes' }],
  ['launch', { program: source.path, set: 3 }],
  ['launch', { program: source.path, set: ['depth'] }],
  ['normscope/nonsense', {}],
];

/** Requests that are refused while the debugger stands somewhere. */
const late: readonly (readonly [string, object])[] = [
  ['launch', { program: source.path }],
  ['scopes', { frameId: 99 }],
  ['variables', { variablesReference: 99 }],
  ['goto', { targetId: 99, threadId: 1 }],
  ['readMemory', { memoryReference: '0@nope', count: 4 }],
  ['normscope/goToStep', { step: 'x' }],
  ['exceptionInfo', { threadId: 1 }],
];

function errorOf({ success, message }: DebugProtocol.Response): string {
  assert.equal(success, false);
  return message ?? '';
}

describe('the debugger in Chinese', () => {
  speakChinese();

  it('what it can do', async () => {
    const adapter = new InlineAdapter();
    const { exceptionBreakpointFilters = [], breakpointModes = [] } =
      await adapter.ask<DebugProtocol.Capabilities>('initialize', { adapterID: 'normscope' });
    assert.ok(exceptionBreakpointFilters.length > 10 && breakpointModes.length === 3);
    for (const filter of exceptionBreakpointFilters) {
      requireChinese(filter.label);
      requireChinese(filter.description ?? '');
      if (filter.supportsCondition) requireChinese(filter.conditionDescription ?? '');
    }
    for (const { label, description } of breakpointModes) {
      requireChinese(label);
      requireChinese(description ?? '');
    }
  });

  it('requests that are refused', async () => {
    const before = new InlineAdapter();
    for (const [command, values] of early) {
      requireChinese(errorOf(await before.send(command, values)));
    }
    const standing = new InlineAdapter();
    await standing.stopOnEntry();
    for (const [command, values] of late) {
      requireChinese(errorOf(await standing.send(command, values)));
    }
    const alone = new InlineAdapter(
      engineHost(() => {
        throw new Error('no engine is needed');
      }),
    );
    requireChinese(errorOf(await alone.send('attach', {})));
  });

  it('stops, frames, scopes and breakpoints', async () => {
    const adapter = new InlineAdapter();
    await adapter.stopOnEntry();
    const stop = await adapter.move('next');
    requireChinese((stop.body as { readonly description: string }).description);
    const { stackFrames } = await adapter.ask<Stack>('stackTrace', { threadId: 1 });
    for (const { name } of stackFrames.slice(-3)) requireChinese(name);
    const { scopes } = await adapter.ask<Scopes>('scopes', { frameId: stackFrames[0]!.id });
    for (const { name } of scopes) requireChinese(name);
    for (const [place, line] of [
      [source, 9999],
      [{ path: '/nowhere/other.yaml' }, 1],
    ] as const) {
      const { breakpoints } = await adapter.ask<Breakpoints>('setBreakpoints', {
        source: place,
        breakpoints: [{ line }],
      });
      requireChinese(breakpoints[0]?.message ?? '');
    }
    const output = adapter.messages.flatMap((message) =>
      'event' in message && message.event === 'output'
        ? [(message.body as { readonly output: string }).output]
        : [],
    );
    assert.ok(output.length > 0);
    for (const text of output) requireChinese(text);
  });
});

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { until } from './support.ts';

/** How long a training may take to come to its next stop. */
export const patience = 60_000;

type Variables = readonly DebugProtocol.Variable[];

export async function activeSession(): Promise<vscode.DebugSession> {
  await until(() => vscode.debug.activeDebugSession !== undefined, 'a session begins', patience);
  return vscode.debug.activeDebugSession!;
}

/** A request of the debug adapter protocol to the session of the window. */
export async function ask<Body>(command: string, values: object = {}): Promise<Body> {
  const session = await activeSession();
  return (await session.customRequest(command, values)) as Body;
}

export async function stack(): Promise<readonly DebugProtocol.StackFrame[]> {
  type Answer = DebugProtocol.StackTraceResponse['body'];
  return (await ask<Answer>('stackTrace', { threadId: 1 })).stackFrames;
}

/** Names of the frames once the session stands at `top`. */
export async function untilAt(top: string): Promise<readonly string[]> {
  let names: readonly string[] = [];
  const end = Date.now() + patience;
  while (!names[0]?.startsWith(top)) {
    if (Date.now() > end)
      assert.fail(`waited in vain for ${top}; the stack is ${names.join(', ')}`);
    await delay(50);
    names = vscode.debug.activeDebugSession === undefined ? [] : await namesNow();
  }
  return names;
}

async function namesNow(): Promise<readonly string[]> {
  try {
    return (await stack()).map(({ name }) => name);
  } catch {
    // It trains.
    return [];
  }
}

export async function untilOver(): Promise<void> {
  await until(() => vscode.debug.activeDebugSession === undefined, 'the session is over', patience);
}

export function configurationOf({ uri }: vscode.TextDocument, stopOnEntry: boolean) {
  const program = uri.fsPath;
  return { type: 'normscope', name: 'test', request: 'launch', program, stopOnEntry };
}

/** Steps on, layer by layer, to the one with this path. */
export async function walkTo(path: string): Promise<void> {
  let here = await pathNow();
  while (here !== path) {
    const from = here;
    await ask('stepIn', { threadId: 1 });
    const end = Date.now() + patience;
    while ((here = await pathNow()) === from || here === undefined) {
      assert.ok(Date.now() < end, `it does not go on from ${from}`);
      await delay(20);
    }
  }
}

/** Path of the layer that the session stands at; undefined while it moves. */
async function pathNow(): Promise<string | undefined> {
  try {
    const [frame] = await stack();
    const answer = await ask<{ readonly path?: string }>('normscope/frame', { frameId: frame?.id });
    return answer.path;
  } catch {
    return undefined;
  }
}

/** Sets an element of a tensor in a scope of the innermost frame, as a person does in the Variables view. */
export async function setElement(
  scope: string,
  name: string,
  indices: readonly number[],
  value: string,
): Promise<void> {
  const [frame] = await stack();
  type Scopes = DebugProtocol.ScopesResponse['body'];
  const { scopes } = await ask<Scopes>('scopes', { frameId: frame?.id });
  const reference = scopes.find((each) => each.name === scope)?.variablesReference;
  assert.ok(reference, `${scope} is not among ${scopes.map((each) => each.name).join(', ')}`);
  const last = `[${indices.at(-1)}]`;
  let container = await childOf(reference, name);
  for (const index of indices.slice(0, -1)) container = await childOf(container, `[${index}]`);
  await ask('setVariable', { variablesReference: container, name: last, value });
}

async function childOf(variablesReference: number, name: string): Promise<number> {
  interface Answer {
    readonly variables: Variables;
  }
  const { variables } = await ask<Answer>('variables', { variablesReference });
  const found = variables.find((variable) => variable.name === name);
  assert.ok(found, `${name} is not among ${variables.map((each) => each.name).join(', ')}`);
  return found.variablesReference;
}

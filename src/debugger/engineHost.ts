import * as l10n from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import { NormscopeError } from '../base/errors.ts';
import type { Disposable } from '../base/lifetime.ts';
import type { LaunchArguments } from './arguments.ts';
import type { DebuggedRun, DebugHost, Engine } from './host.ts';

/** An engine that is the debugger's own; disposing it ends it. */
export type OwnEngine = Engine & Disposable;

/** Runs for a debugger without an editor around it: each has an engine of its own, which ends with it. */
export function engineHost(startEngine: () => OwnEngine): DebugHost {
  return {
    launch: (options) => launch(startEngine(), options),
    attach: () => {
      const message = l10n.t(
        'There is no run to attach to outside of an editor. Use "request": "launch".',
      );
      return Promise.reject(new NormscopeError('input', 'debug-attach', message));
    },
    currentText: readText,
  };
}

async function launch(engine: OwnEngine, options: LaunchArguments): Promise<DebuggedRun> {
  const { program, set: overrides, steps, seed, threads, resume } = options;
  try {
    const modelText = await readText(program);
    if (modelText === undefined) {
      const message = l10n.t(
        'There is no model file {0} that can be read. Correct "program".',
        program,
      );
      throw new NormscopeError('input', 'model-not-found', message);
    }
    const info = await engine.request('open', {
      modelPath: program,
      modelText,
      allowedRoots: [],
      overrides,
      ...(steps !== undefined && { steps }),
      ...(seed !== undefined && { seed }),
      ...(threads !== undefined && { threads }),
      ...(resume !== undefined && { resume }),
    });
    return {
      engine,
      info,
      modelText,
      overrides,
      isTraining: false,
      stop: async () => {
        await engine.request('stop', null);
      },
      release: () => engine.dispose(),
    };
  } catch (error) {
    engine.dispose();
    throw error;
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type * as Runtime from 'onnxruntime-node';
import { NormscopeError } from '../../base/errors.ts';

export type { Runtime };

let loaded: Promise<typeof Runtime> | undefined;

/**
 * The native runtime, loaded at first use: everything that needs no training works without it. Its telemetry, which would write an
 * id of the machine to the home folder and send to its maker, is off before it is loaded: it looks for this variable then.
 * Throws `runtime-missing` where there are no binaries for this machine.
 */
export function loadRuntime(): Promise<typeof Runtime> {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  loaded ??= import('onnxruntime-node').then(
    (module) => ('default' in module ? (module.default as typeof Runtime) : module),
    (error: unknown) => {
      throw runtimeMissing(error);
    },
  );
  return loaded;
}

/** Platforms, by the names of packages, that there is a runtime for. */
const knownPlatforms = ['linux-x64', 'linux-arm64', 'win32-x64', 'win32-arm64', 'darwin-arm64'];

/** Those of them that the installed runtime has binaries for; none where it is not installed. */
function installedPlatforms(): readonly string[] {
  try {
    const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
    const folder = path.join(path.dirname(entry), '../bin/napi-v6');
    return readdirSync(folder).flatMap((system) =>
      readdirSync(path.join(folder, system)).map((processor) => `${system}-${processor}`),
    );
  } catch {
    return [];
  }
}

function runtimeMissing(cause: unknown): NormscopeError {
  const machine = `${process.platform}-${process.arch}`;
  return new NormscopeError(
    'environment',
    'runtime-missing',
    missingMessage(machine, installedPlatforms(), cause),
    { cause },
  );
}

/** Why the runtime is not there on `machine`, and which package to install; `installed`: platforms of the one that is. */
export function missingMessage(
  machine: string,
  installed: readonly string[],
  cause: unknown,
): string {
  if (!knownPlatforms.includes(machine)) {
    const known = knownPlatforms.join(', ');
    return l10n.t('Normscope cannot train on {0}: onnxruntime runs on {1}.', machine, known);
  }
  if (installed.length > 0 && !installed.includes(machine)) {
    return l10n.t(
      'This is the package of Normscope for {0}, and this machine is {1}. Install normscope-{1}.vsix instead.',
      installed.join(', '),
      machine,
    );
  }
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return process.platform === 'win32'
    ? l10n.t(
        'onnxruntime could not be loaded on {0} ({1}). Install the Microsoft Visual C++ runtime, then normscope-{0}.vsix again.',
        machine,
        reason,
      )
    : l10n.t(
        'onnxruntime could not be loaded on {0} ({1}). Install normscope-{0}.vsix again.',
        machine,
        reason,
      );
}

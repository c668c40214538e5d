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

function runtimeMissing(cause: unknown): NormscopeError {
  const machine = `${process.platform}-${process.arch}`;
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new NormscopeError(
    'environment',
    'runtime-missing',
    `onnxruntime could not be loaded on ${machine} (${reason}). It runs on linux-x64, linux-arm64, win32-x64, win32-arm64 and ` +
      'darwin-arm64; install the package that was built for this machine, and on Windows the Microsoft Visual C++ runtime',
    { cause },
  );
}

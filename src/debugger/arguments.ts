import * as l10n from '@vscode/l10n';
import path from 'node:path';
import { NormscopeError } from '../base/errors.ts';

/** What a debugger's user starts: a model file and what overrides it. */
export interface LaunchArguments {
  /** Absolute path of the model file. */
  readonly program: string;
  /** Stop before the first step is taken. */
  readonly stopOnEntry: boolean;
  /** Train without breakpoints and stops. */
  readonly noDebug: boolean;
  /** `path=value` pairs that override values of the file. */
  readonly set: readonly string[];
  /** Steps in total. */
  readonly steps?: number;
  readonly seed?: number;
  readonly threads?: number;
  /** Folder of a run to go on with from its newest checkpoint. */
  readonly resume?: string;
  /** Steps between two snapshots for going back. */
  readonly snapshotEvery?: number;
}

/** How to take part in a run that is open already. */
export interface AttachArguments {
  /** Absolute path of its model file; any when left out. */
  readonly program?: string;
  /** Pause it at once. */
  readonly stopOnEntry: boolean;
}

type Raw = Readonly<Record<string, unknown>>;

/**
 * Reads the arguments of `launch`; a relative path counts from the current folder.
 * @throws NormscopeError `debug-arguments`, which names the argument
 */
export function readLaunchArguments(raw: unknown): LaunchArguments {
  const values = recordOf(raw);
  const program = textOf(values, 'program');
  if (program === undefined) throw wrong('program', l10n.t('the path of a model file'));
  const steps = wholeOf(values, 'steps', 1);
  const seed = wholeOf(values, 'seed', 0);
  const threads = wholeOf(values, 'threads', 1);
  const snapshotEvery = wholeOf(values, 'snapshotEvery', 1);
  const resume = textOf(values, 'resume');
  return {
    program: path.resolve(program),
    stopOnEntry: flagOf(values, 'stopOnEntry'),
    noDebug: flagOf(values, 'noDebug'),
    set: overridesOf(values),
    ...(steps !== undefined && { steps }),
    ...(seed !== undefined && { seed }),
    ...(threads !== undefined && { threads }),
    ...(snapshotEvery !== undefined && { snapshotEvery }),
    ...(resume !== undefined && { resume: path.resolve(resume) }),
  };
}

/**
 * Reads the arguments of `attach`.
 * @throws NormscopeError `debug-arguments`, which names the argument
 */
export function readAttachArguments(raw: unknown): AttachArguments {
  const values = recordOf(raw);
  const program = textOf(values, 'program');
  return {
    stopOnEntry: flagOf(values, 'stopOnEntry'),
    ...(program !== undefined && { program: path.resolve(program) }),
  };
}

function recordOf(raw: unknown): Raw {
  return typeof raw === 'object' && raw !== null ? (raw as Raw) : {};
}

function textOf(values: Raw, name: string): string | undefined {
  const value = values[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw wrong(name, l10n.t('a text'));
}

function flagOf(values: Raw, name: string): boolean {
  const value = values[name];
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  throw wrong(name, l10n.t('true or false'));
}

function wholeOf(values: Raw, name: string, least: number): number | undefined {
  const value = values[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw wrong(name, l10n.t('a whole number from {0}', least));
}

/** `set` is a list of `path=value`, or an object of values by path. */
function overridesOf(values: Raw): readonly string[] {
  const { set } = values as { readonly set?: unknown };
  if (set === undefined || set === null) return [];
  if (Array.isArray(set)) {
    return set.map((entry: unknown) => {
      if (typeof entry === 'string' && entry.includes('=')) return entry;
      throw wrong('set', l10n.t('a list of texts such as "let.depth=2"'));
    });
  }
  if (typeof set === 'object') {
    return Object.entries(set).map(([name, value]) => {
      if (typeof value === 'object')
        throw wrong('set', l10n.t('values by path, e.g. { "let.depth": 2 }'));
      return `${name}=${String(value)}`;
    });
  }
  throw wrong('set', l10n.t('values by path, e.g. { "let.depth": 2 }'));
}

function wrong(name: string, expected: string): NormscopeError {
  const message = l10n.t(
    "The debug configuration's {0} must be {1}. Correct launch.json.",
    name,
    expected,
  );
  return new NormscopeError('input', 'debug-arguments', message);
}

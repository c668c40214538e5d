import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../base/errors.ts';
import type { SetValueRequest, TapInfo } from '../protocol/debug.ts';
import type { Position } from './moments.ts';
import type { StepRecord } from './record.ts';
import type { TapScope } from './scopes.ts';
import { offsetOf, shapeOf, type TensorPart } from './tensors.ts';

/** What a variables reference stands for. */
export type Group =
  | { readonly kind: 'scope'; readonly scope: TapScope }
  | { readonly kind: 'hyperparameters' }
  /** What the operation at a place reads and writes. */
  | { readonly kind: 'operation'; readonly at: Position }
  | { readonly kind: 'tensor'; readonly part: TensorPart };

const statistics = ['mean', 'var', 'min', 'max', 'kurtosis'];

/** The statistic that a data breakpoint on a variable is about: `<path>.<tap>.<statistic>`; undefined where there is none. */
export function statisticOf(
  record: StepRecord,
  group: Group | undefined,
  name: string,
): string | undefined {
  if (group?.kind === 'tensor') {
    const { tap, at } = group.part;
    // Operands are computed on demand only.
    const isWatched = at.length === 0 && !tap.name.startsWith('%');
    return isWatched && statistics.includes(name) ? `${tap.name}.${name}` : undefined;
  }
  if (group?.kind === 'scope') {
    const tap = tapIn(group, name);
    return tap && `${tap.name}.var`;
  }
  const [, tapName = '', statistic = ''] = /^(.*)\.(\w+)$/.exec(name) ?? [];
  const isStatistic = statistics.includes(statistic) && record.tap(tapName) !== undefined;
  return group === undefined && isStatistic ? name : undefined;
}

/**
 * What of the run a variable is, for setting it.
 * @throws NormscopeError `debug-read-only` for what follows from other values
 */
export function targetOf(
  record: StepRecord,
  group: Group,
  name: string,
): Pick<SetValueRequest, 'target' | 'index'> {
  if (group.kind === 'hyperparameters' && name === 'lr') return { target: name };
  if (group.kind === 'tensor') {
    const target = settableName(record, group.part.tap);
    const [, digits] = /^\[(\d+)\]$/.exec(name) ?? [];
    const isVector = shapeOf(group.part).length === 1;
    if (target !== undefined && digits !== undefined && isVector) {
      return { target, index: offsetOf(group.part) + Number(digits) };
    }
  }
  if (group.kind === 'scope') {
    const tap = tapIn(group, name);
    const target = tap && settableName(record, tap);
    if (target !== undefined && tap?.shape.length === 0) return { target, index: 0 };
  }
  throw new NormscopeError(
    'input',
    'debug-read-only',
    l10n.t(
      '{0} follows from other values. The learning rate and single elements of the batch, of parameters and of activations can be set.',
      name,
    ),
  );
}

function tapIn({ scope }: Extract<Group, { kind: 'scope' }>, name: string): TapInfo | undefined {
  return scope.taps.find(({ label }) => label === name)?.tap;
}

/** Taps that can be given other values, from which the rest of the step is computed. */
const activations = ['in', 'out', 'skip', 'branch', 'sum'];

/** The engine's name of what a tap holds, where its elements may be set. */
function settableName(record: StepRecord, tap: TapInfo): string | undefined {
  const [, parameter] = /^param:(.*)$/.exec(tap.tap) ?? [];
  if (parameter !== undefined) return `${tap.path}.${parameter}`;
  return record.batchName(tap) ?? (activations.includes(tap.tap) ? tap.name : undefined);
}

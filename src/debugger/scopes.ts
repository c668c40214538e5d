import * as l10n from '@vscode/l10n';
import type { TapInfo } from '../protocol/debug.ts';
import type { Frame, StepRecord } from './record.ts';

/** A group of taps in the Variables view. */
export interface TapScope {
  readonly name: string;
  readonly taps: readonly { readonly label: string; readonly tap: TapInfo }[];
  /** Not fetched before it is opened. */
  readonly expensive?: boolean;
}

type ScopeName =
  | 'Input'
  | 'Output'
  | 'Residual'
  | 'Norm'
  | 'Attention'
  | 'Update'
  | 'Parameters'
  | 'Gradients'
  | 'Optimizer';

const scopeOfTap: Readonly<Record<string, ScopeName>> = {
  in: 'Input',
  out: 'Output',
  skip: 'Residual',
  branch: 'Residual',
  sum: 'Residual',
  gate: 'Residual',
  centred: 'Norm',
  sigma: 'Norm',
  xhat: 'Norm',
  gain: 'Norm',
  bias: 'Norm',
  scores: 'Attention',
  weights: 'Attention',
};
const scopeOfPrefix: Readonly<Record<string, ScopeName>> = {
  mean: 'Norm',
  var: 'Norm',
  buffer: 'Norm',
  param: 'Parameters',
  grad: 'Gradients',
  update: 'Update',
  optimizer: 'Optimizer',
};
const inOrder: Readonly<Record<Frame['phase'], readonly ScopeName[]>> = {
  forward: ['Input', 'Output', 'Norm', 'Residual', 'Attention', 'Parameters', 'Gradients'],
  loss: ['Input', 'Output', 'Parameters', 'Gradients'],
  backward: ['Gradients', 'Input', 'Output', 'Norm', 'Residual', 'Attention', 'Parameters'],
  update: ['Update', 'Parameters', 'Gradients', 'Optimizer'],
};

/** The scopes of a frame that have anything in them; what its phase is about comes first. */
export function scopesOf(record: StepRecord, frame: Frame): readonly TapScope[] {
  if (frame.path === undefined) return [];
  const groups = new Map<ScopeName, TapScope['taps']>();
  for (const { label, tap } of tapsOf(record, frame.path)) {
    const name = scopeOf(tap.tap);
    if (name === undefined) continue;
    groups.set(name, [...(groups.get(name) ?? []), { label, tap }]);
  }
  return inOrder[frame.phase].flatMap((name) => {
    const taps = groups.get(name);
    return taps === undefined ? [] : [{ name: titleOf(name), taps }];
  });
}

/** The batch: what the model is fed with in this step. */
export function batchScope(record: StepRecord): TapScope | undefined {
  const taps = [...record.batch].map(([label, tap]) => ({ label, tap }));
  return taps.length === 0 ? undefined : { name: l10n.t('Batch'), taps, expensive: true };
}

function titleOf(name: ScopeName): string {
  switch (name) {
    case 'Input':
      return l10n.t('Input');
    case 'Output':
      return l10n.t('Output');
    case 'Residual':
      return l10n.t('Residual');
    case 'Norm':
      return l10n.t('Norm');
    case 'Attention':
      return l10n.t('Attention');
    case 'Update':
      return l10n.t('Update');
    case 'Parameters':
      return l10n.t('Parameters');
    case 'Gradients':
      return l10n.t('Gradients');
    case 'Optimizer':
      return l10n.t('Optimizer');
  }
}

/** A container has no values of its own but those that enter its first layer and leave its last. */
function tapsOf(record: StepRecord, path: string): TapScope['taps'] {
  const own = record.tapsOf(path).map((tap) => ({ label: tap.tap, tap }));
  if (own.length > 0) return own;
  const ends = record.endsOf(path);
  if (ends === undefined) return [];
  const [first, last] = ends;
  const wanted: readonly (readonly [string, string])[] = [
    [first.path, 'in'],
    [first.path, 'grad:in'],
    [last.path, 'out'],
    [last.path, 'sum'],
    [last.path, 'grad:out'],
  ];
  return wanted.flatMap(([layer, name]) => {
    const tap = record.tap(`${layer}.${name}`);
    return tap === undefined ? [] : [{ label: name, tap }];
  });
}

function scopeOf(tap: string): ScopeName | undefined {
  const colon = tap.indexOf(':');
  if (/^in\d+$/.test(tap)) return 'Input';
  return colon === -1 ? scopeOfTap[tap] : scopeOfPrefix[tap.slice(0, colon)];
}

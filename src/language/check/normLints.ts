import * as l10n from '@vscode/l10n';
import type { Item } from '../layers/definition.ts';
import type { Assembly } from './assemble.ts';
import type { ReportProblem } from './plan.ts';

/** Cases of a batch below which its mean and variance are mostly noise (Wu and He 2018, figure 1). */
const fewCases = 4;

/** Warns of norms that cannot do what they are there for. */
export function lintNorms(
  items: readonly Item[],
  { batch }: Pick<Assembly, 'batch'>,
  report: ReportProblem,
): void {
  lintTinyBatch(items, batch[0]?.value.shape[0] ?? fewCases, report);
  lintDeepnorm(items, report);
  lintBiases(items, report);
}

/** The first such item in the order of the text, containers before what is in them. */
function findItem(items: readonly Item[], isSuch: (item: Item) => boolean): Item | undefined {
  for (const item of items) {
    if (isSuch(item)) return item;
    for (const part of Object.values(item.parts)) {
      const found = findItem(part, isSuch);
      if (found) return found;
    }
  }
  return undefined;
}

function isBatchNorm({ type }: Item): boolean {
  return type.startsWith('BatchNorm');
}

function lintTinyBatch(items: readonly Item[], cases: number, report: ReportProblem): void {
  const first = cases >= fewCases ? undefined : findItem(items, isBatchNorm);
  if (first === undefined) return;
  const message = l10n.t(
    '{0} takes mean and variance from batches of {1}: use a larger batch, or GroupNorm, which does not depend on it',
    first.type,
    cases,
  );
  report('warning', 'tiny-batch', message, first.range, first.path);
}

function lintDeepnorm(items: readonly Item[], report: ReportProblem): void {
  const found = findItem(
    items,
    ({ values, parts }) => values['scale'] === 'deepnorm' && (parts['after'] ?? []).length === 0,
  );
  if (found === undefined) return;
  const message = l10n.t(
    'scale: deepnorm makes the skip heavier for a norm after the sum, and there is none: add norm: LayerNorm and placement: post',
  );
  report('warning', 'deepnorm-without-post-norm', message, found.range, found.path);
}

/** A bias that the norm right behind it takes away again. */
function lintBiases(items: readonly Item[], report: ReportProblem): void {
  items.forEach((item, index) => {
    const { before = [], body = [], inner = [] } = item.parts;
    lintBiases([...before, ...body, ...inner], report);
    const previous = items[index - 1];
    if (previous?.values['bias'] !== true || !isBatchNorm(item) || item.from !== undefined) return;
    const message = l10n.t(
      'the bias of {0} does nothing: {1} (line {2}) takes the mean of every channel away; write bias: false',
      previous.path,
      item.path,
      item.range.start.line,
    );
    report('warning', 'bias-before-norm', message, previous.range, previous.path);
  });
}

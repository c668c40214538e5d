import * as l10n from '@vscode/l10n';
import type { Value } from '../../compiler/graph/types.ts';
import type { Item } from '../layers/definition.ts';
import type { ScheduleSettings } from '../settings.ts';
import type { Assembly } from './assemble.ts';
import { lintNorms } from './normLints.ts';
import type { ReportProblem } from './plan.ts';

/** Post-norm blocks from which on a warm-up is advised. */
const manyPostNorms = 6;

/** Warns of designs that can be trained and yet hardly be meant. */
export function lintModel(
  items: readonly Item[],
  assembly: Assembly,
  schedule: ScheduleSettings | undefined,
  report: ReportProblem,
): void {
  lintSeries(items, report);
  lintFinalNorm(streamOf(items), report);
  lintWarmup(items, schedule, report);
  lintNorms(items, assembly, report);
  if (assembly.loss) lintUnused(items, assembly, assembly.loss, report);
}

function isNorm(item: Item): boolean {
  return item.definition.category === 'norm';
}

/** The item that is computed last, or first, inside of an item; a residual's first value is shared with its skip. */
function edge(item: Item, which: 'first' | 'last'): Item | undefined {
  const { type } = item.definition;
  if (type === 'Residual') return which === 'last' ? item.parts['after']?.at(-1) : undefined;
  const body = item.parts['body'];
  if (body === undefined) return item;
  const inner = which === 'first' ? body[0] : body.at(-1);
  return inner && edge(inner, which);
}

function lintSeries(items: readonly Item[], report: ReportProblem): void {
  items.forEach((item, index) => {
    const { before = [], body = [], inner = [] } = item.parts;
    lintSeries([...before, ...body, ...inner], report);
    const previous = items[index - 1];
    if (previous === undefined || item.from !== undefined) return;
    const last = edge(previous, 'last');
    const first = edge(item, 'first');
    if (!last || !first || !isNorm(last) || !isNorm(first)) return;
    const message = l10n.t(
      '{0} normalizes again what {1} (line {2}) has just normalized: leave one of them out',
      first.path,
      last.path,
      last.range.start.line,
    );
    report('warning', 'norms-in-series', message, first.range, first.path);
  });
}

/** The layers along the residual stream, containers opened; residuals stay closed. */
function streamOf(items: readonly Item[]): readonly Item[] {
  return items.flatMap((item) => {
    const { body } = item.parts;
    return item.definition.type === 'Residual' || body === undefined ? [item] : streamOf(body);
  });
}

function lintFinalNorm(stream: readonly Item[], report: ReportProblem): void {
  const isPreNorm = (item: Item): boolean =>
    item.values['placement'] === 'pre' && (item.parts['before'] ?? []).length > 0;
  const last = stream.findLastIndex((item) => item.definition.type === 'Residual');
  const residual = stream[last];
  if (residual === undefined || !isPreNorm(residual)) return;
  if (stream.filter(isPreNorm).length < 2 || stream.slice(last + 1).some(isNorm)) return;
  const norm = residual.parts['before']?.[0]?.type ?? 'LayerNorm';
  const message = l10n.t(
    'nothing normalizes the stream after this last pre-norm block, and it grows with depth: add {0} after the blocks',
    norm,
  );
  report('warning', 'missing-final-norm', message, residual.range, residual.path);
}

function lintWarmup(
  items: readonly Item[],
  schedule: ScheduleSettings | undefined,
  report: ReportProblem,
): void {
  const posts = streamOf(items).filter((item) => item.parts['after']?.some(isNorm));
  const [first] = posts;
  if (first === undefined || posts.length < manyPostNorms || schedule?.warmup !== 0) return;
  const message = l10n.t(
    '{0} post-norm blocks train badly from the first step at full learning rate: add schedule: { warmup: 200 }, or use placement: pre',
    posts.length,
  );
  report('warning', 'post-norm-without-warmup', message, first.range, first.path);
}

function lintUnused(
  items: readonly Item[],
  { builder, results }: Assembly,
  loss: Value,
  report: ReportProblem,
): void {
  const used = new Set([loss.id]);
  const { nodes } = builder;
  for (let index = nodes.length - 1; index >= 0; index--) {
    const { inputs = [], outputs = [] } = nodes[index] ?? {};
    if (outputs.some(({ id }) => used.has(id))) for (const { id } of inputs) used.add(id);
  }
  const visit = (item: Item): void => {
    const value = results.get(item.path)?.value;
    if (value && !used.has(value.id)) {
      const message = l10n.t(
        'nothing uses the output of {0}: refer to it with from, or leave it out',
        item.path,
      );
      report('warning', 'unused-layer', message, item.range, item.path);
      return;
    }
    for (const part of Object.values(item.parts)) part.forEach(visit);
  };
  items.forEach(visit);
}

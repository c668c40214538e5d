import type { CheckedModel } from '../../language/check/check.ts';
import type { Item } from '../../language/layers/definition.ts';
import type { Container, Moment } from '../../protocol/debug.ts';
import { ownerOf } from '../../base/paths.ts';

/** Path of the moment that stands for the loss. */
export const lossPath = 'loss';

type Place = Omit<Moment, 'index' | 'phase' | 'parameter'>;

/** The part of a container that runs after its own sum: the norm of a post-norm residual. */
const partAfter = 'after';

/**
 * The moments of a step, in their order. `parameters` are the paths of the trained tensors; a step that cannot be taken has no
 * update, and they are left out.
 */
export function timelineOf(model: CheckedModel, parameters: readonly string[]): readonly Moment[] {
  const { items, loss, lossRange } = model.plan;
  const layers = placesOf(items, []);
  const lossPlace = {
    path: lossPath,
    type: loss?.type ?? 'Loss',
    line: lossRange.start.line,
    parents: [],
  };
  const moments: Omit<Moment, 'index'>[] = [
    ...layers.map((place) => ({ ...place, phase: 'forward' as const })),
    { ...lossPlace, phase: 'loss' },
    ...layers.toReversed().map((place) => ({ ...place, phase: 'backward' as const })),
  ];
  const byPath = new Map(layers.map((place) => [place.path, place]));
  for (const parameter of parameters) {
    const place = byPath.get(ownerOf(parameter, byPath) ?? '');
    if (place) moments.push({ ...place, phase: 'update', parameter });
  }
  return moments.map((moment, index) => ({ index, ...moment }));
}

function placesOf(items: readonly Item[], parents: readonly Container[]): readonly Place[] {
  return items.flatMap((item) => {
    const { path, type } = item;
    const own = { path, type, line: item.range.start.line };
    if (item.definition.expand === undefined) return [{ ...own, parents }];
    const inside = [...parents, own];
    const parts = Object.entries(item.parts);
    const placesIn = (isAfter: boolean): readonly Place[] =>
      parts
        .filter(([name]) => (name === partAfter) === isAfter)
        .flatMap(([, part]) => placesOf(part, inside));
    // A container that only groups its layers computes nothing of its own.
    const sum = type === 'Residual' ? [{ ...own, parents }] : [];
    return [...placesIn(false), ...sum, ...placesIn(true)];
  });
}

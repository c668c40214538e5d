import * as l10n from '@vscode/l10n';
import { formatShape } from '../../compiler/graph/types.ts';
import { LayerProblem, type LayerContext, type Signal } from './definition.ts';

/** Axis `dim` of the input, from 0; negative counts from the end. Throws for the batch axis, and for one that is not there. */
export function featureAxis(
  { input, item }: Pick<LayerContext, 'input' | 'item'>,
  dim: number,
  argument: string,
): number {
  const { shape } = input.value;
  const axis = dim < 0 ? dim + shape.length : dim;
  const place = item.places.get(argument);
  if (axis < 0 || axis >= shape.length) {
    throw new LayerProblem(
      'shape-mismatch',
      l10n.t('{0} {1} is no axis of {2} (line {3})', argument, dim, formatShape(shape), input.line),
      place,
    );
  }
  if (axis === 0) {
    throw new LayerProblem(
      'batch-axis',
      l10n.t(
        '{0} {1} is the batch axis of {2}, which stays as it is: choose another',
        argument,
        dim,
        formatShape(shape),
      ),
      place,
    );
  }
  return axis;
}

/** Size of the last axis, which must not be the batch axis. */
export function featuresOf({ value, line }: Signal, type: string): number {
  const features = value.shape.at(-1);
  if (value.shape.length >= 2 && features !== undefined) return features;
  throw new LayerProblem(
    'shape-mismatch',
    l10n.t(
      '{0} works on the last axis, and its input {1} (line {2}) has none beside the batch',
      type,
      formatShape(value.shape),
      line,
    ),
  );
}

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
      `${argument} ${dim} is no axis of ${formatShape(shape)} (line ${input.line})`,
      place,
    );
  }
  if (axis === 0) {
    throw new LayerProblem(
      'batch-axis',
      `${argument} ${dim} is the batch axis of ${formatShape(shape)}, which stays as it is: choose another`,
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
    `${type} works on the last axis, and its input ${formatShape(value.shape)} (line ${line}) has none beside the batch`,
  );
}

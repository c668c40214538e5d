import type { ForwardModel, Tap } from '../graph/model.ts';
import type { Gradients } from './differentiate.ts';

/**
 * Every tap of the model that can be had: the layers' own, the parameters as `param:<name>`, and the gradient of each as
 * `grad:<tap>`. A tap that the loss does not depend on has no gradient tap.
 */
export function recordedTaps(model: ForwardModel, gradients: Gradients): readonly Tap[] {
  const parameters = model.parameters.map(({ path, value }): Tap => {
    const dot = path.lastIndexOf('.');
    return { path: path.slice(0, dot), name: `param:${path.slice(dot + 1)}`, value };
  });
  const taps = [...model.taps, ...parameters];
  const gradientTaps = taps.flatMap(({ path, name, value }) => {
    const gradient = gradients.get(value);
    return gradient === undefined ? [] : [{ path, name: `grad:${name}`, value: gradient }];
  });
  return [...taps, ...gradientTaps];
}

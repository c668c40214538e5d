import { ownerOf } from '../../base/paths.ts';
import type { ForwardModel, Parameter, Tap } from '../graph/model.ts';
import type { Gradients } from './differentiate.ts';

/**
 * Every tap of the model that can be had: the layers' own, the parameters as `param:<name>` with PyTorch's name within the
 * layer, e.g. `param:out_proj.weight`, the buffers as `buffer:<name>`, and the gradient of each as `grad:<tap>`. A tap that the
 * loss does not depend on has no gradient tap.
 */
export function recordedTaps(model: ForwardModel, gradients: Gradients): readonly Tap[] {
  const layers = new Set(model.layers.map(({ path }) => path));
  const held = (kind: string, { path, value }: Pick<Parameter, 'path' | 'value'>): Tap => {
    const layer = ownerOf(path, layers) ?? path.slice(0, path.lastIndexOf('.'));
    return { path: layer, name: `${kind}:${path.slice(layer.length + 1)}`, value };
  };
  const parameters = model.parameters.map((parameter) => held('param', parameter));
  const buffers = model.buffers.map((buffer) => held('buffer', buffer));
  const taps = [...model.taps, ...parameters, ...buffers];
  const gradientTaps = taps.flatMap(({ path, name, value }) => {
    const gradient = gradients.get(value);
    return gradient === undefined ? [] : [{ path, name: `grad:${name}`, value: gradient }];
  });
  return [...taps, ...gradientTaps];
}

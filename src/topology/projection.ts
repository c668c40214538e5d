import type { Item } from '../language/layers/definition.ts';
import { convolves } from '../language/layers/shortcuts.ts';
import type { TopologyLayer } from './topology.ts';

type Shape = readonly number[];

/** Both shapes as an item has them: without the batch axis, and that of the input only where it is another. */
export function shapesOf(input: Shape | undefined, output: Shape | undefined) {
  if (output === undefined) return {};
  const isOther = input !== undefined && input.join() !== output.join();
  return isOther ? { inputShape: input, outputShape: output } : { outputShape: output };
}

/**
 * The layer of a residual's projection, which the file does not name: a convolution with kernels of 1, or a linear layer; both
 * without bias. Its path is that of its weight. Shapes are without the batch axis.
 */
export function projectionOf(
  item: Item,
  input: Shape | undefined,
  output: Shape | undefined,
): TopologyLayer {
  const isConvolution = convolves(item.parts['body'] ?? []);
  const axis = isConvolution ? 0 : -1;
  const [from, to] = [input?.at(axis), output?.at(axis)];
  const spatial = output === undefined ? 2 : output.length - 1;
  return {
    kind: 'layer',
    role: 'layer',
    path: `${item.path}.${isConvolution ? 'downsample.0' : 'shortcut'}`,
    line: item.range.start.line,
    type: isConvolution ? `Conv${spatial}d ${Array(spatial).fill('1').join('×')}` : 'Linear',
    ...shapesOf(input, output),
    parameters: from === undefined || to === undefined ? 0 : from * to,
  };
}

import type { ForwardModel, NormSite } from '../graph/model.ts';
import { sizeOf, type Value } from '../graph/types.ts';
import { add, mul, negate, reduceSum, reshape, scale } from '../ops/expressions.ts';
import type { Gradients } from './differentiate.ts';

/**
 * Gradients of what lies between a norm's input and output, which a single op computes, so that differentiation does not meet them.
 * With c = x − mean (of RMSNorm: x), σ = sqrt(mean(c²) + eps), xhat = c / σ and y = gain · xhat + bias:
 *   dxhat = gain · dy, dσ = −Σ dxhat · xhat / σ, dc = dxhat / σ + dσ · c / (features · σ).
 * For norms over the last axes; appends to the model's builder. `dc` is that of the tap `centred`, which only LayerNorm computes with.
 */
export function normGradients(model: ForwardModel, gradients: Gradients): Gradients {
  const taps = new Map(model.taps.map(({ path, name, value }) => [`${path}.${name}`, value]));
  const found = new Map(gradients);
  for (const site of model.norms) {
    const upstream = gradients.get(site.output);
    if (upstream) appendOne(model, site, upstream, taps, found);
  }
  return found;
}

function appendOne(
  { builder: g }: ForwardModel,
  { path, line, own, output }: NormSite,
  dy: Value,
  taps: ReadonlyMap<string, Value>,
  found: Map<Value, Value>,
): void {
  const tap = (name: string): Value | undefined => taps.get(`${path}.${name}`);
  const [xhat, sigma, gain, centred] = [tap('xhat'), tap('sigma'), tap('gain'), tap('centred')];
  const features = output.shape[output.shape.length - 1] ?? 1;
  const isOverFeatures =
    sigma?.shape.at(-1) === 1 && sizeOf(gain?.shape ?? [features]) === features;
  if (!xhat || !sigma || !isOverFeatures || sizeOf(xhat.shape) !== sizeOf(dy.shape)) return;
  g.within({ stage: 'backward', path, line }, () => {
    const rows = reshape(g, dy, xhat.shape);
    const dxhat = gain ? mul(g, rows, reshape(g, gain, [features])) : rows;
    const along = reduceSum(g, mul(g, dxhat, xhat), [-1], 1);
    const dsigma = negate(g, g.op('Div', [along, sigma]));
    found.set(xhat, dxhat).set(sigma, dsigma);
    if (!centred || !own) return;
    const share = mul(g, xhat, scale(g, dsigma, 1 / features));
    found.set(centred, add(g, g.op('Div', [dxhat, sigma]), share));
  });
}

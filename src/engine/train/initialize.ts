import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';
import type { Initializer } from '../../compiler/graph/model.ts';
import { formatShape, sameShape, type Shape } from '../../compiler/graph/types.ts';
import type { BufferSpec, ParameterSpec } from '../../compiler/passes/programs.ts';
import type { NamedTensor } from '../data/safetensors.ts';
import type { RandomSource } from '../kernel/randomSource.ts';

/** First values of one parameter, as `torch.nn.init` draws them; the numbers come from `random`, the stream `init:<path>`. */
export function initialize(
  values: Float32Array,
  shape: Shape,
  initializer: Initializer,
  random: RandomSource,
): void {
  switch (initializer.kind) {
    case 'constant':
      values.fill(initializer.value);
      return;
    case 'uniform': {
      const { low, high } = initializer;
      for (let i = 0; i < values.length; i++) values[i] = low + (high - low) * random.nextUniform();
      return;
    }
    case 'normal': {
      const { mean, std, zeroRow } = initializer;
      random.fillNormal(values, mean, std);
      if (zeroRow === undefined) return;
      const columns = values.length / (shape[0] ?? 1);
      values.fill(0, zeroRow * columns, (zeroRow + 1) * columns);
      return;
    }
    case 'truncatedNormal':
      fillTruncated(values, initializer, random);
      return;
    case 'orthogonal':
      fillOrthogonal(values, shape, initializer.gain, random);
  }
}

/** Below this width of [low, high] in standard deviations, most normal numbers would fall outside. */
const narrow = 0.5;

function fillTruncated(
  values: Float32Array,
  { mean, std, low, high }: Extract<Initializer, { readonly kind: 'truncatedNormal' }>,
  random: RandomSource,
): void {
  const from = (low - mean) / std;
  const to = (high - mean) / std;
  // Where the density is highest inside of the range, for rejection from uniform numbers.
  const peak = Math.max(from, Math.min(to, 0));
  const draw = (): number => {
    if (to - from < narrow || from > 1 || to < -1) {
      for (;;) {
        const x = from + (to - from) * random.nextUniform();
        if (random.nextUniform() <= Math.exp((peak * peak - x * x) / 2)) return x;
      }
    }
    for (;;) {
      const x = random.nextNormal();
      if (x >= from && x <= to) return x;
    }
  };
  for (let i = 0; i < values.length; i++) values[i] = mean + std * draw();
}

/**
 * A matrix with orthonormal rows or columns, whichever are fewer, from normal numbers (Saxe, McClelland and Ganguli 2014), by Gram
 * and Schmidt's method, each vector orthogonalized twice, which is enough for float64.
 */
function fillOrthogonal(
  values: Float32Array,
  shape: Shape,
  gain: number,
  random: RandomSource,
): void {
  const rows = shape[0] ?? 1;
  const columns = values.length / rows;
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  for (let n = 0; n < count; n++) {
    const vector = Float64Array.from({ length }, () => random.nextNormal());
    for (let pass = 0; pass < 2; pass++) {
      for (const other of vectors) addScaled(vector, other, -dot(vector, other));
    }
    const scale = 1 / Math.sqrt(dot(vector, vector));
    for (let i = 0; i < length; i++) vector[i] = vector[i]! * scale;
    vectors.push(vector);
  }
  vectors.forEach((vector, n) => {
    for (let i = 0; i < length; i++) {
      values[rows < columns ? n * columns + i : i * columns + n] = gain * vector[i]!;
    }
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = a[i]! + factor * b[i]!;
}

/**
 * The tensor of a file that a parameter starts from. Throws `init-missing`, `init-shape`, naming parameter, shapes and what the
 * file has instead.
 */
export function tensorFor(
  { path, shape }: Pick<ParameterSpec, 'path' | 'shape'>,
  tensors: ReadonlyMap<string, NamedTensor>,
): NamedTensor {
  const tensor = tensors.get(path);
  if (tensor === undefined) {
    const some = [...tensors.keys()].slice(0, 5).join(', ');
    throw new NormscopeError(
      'input',
      'init-missing',
      l10n.t(
        'The weights file has no {0} {1}; it has {2} tensors: {3}… Names must be those of the model file.',
        path,
        formatShape(shape),
        tensors.size,
        some,
      ),
    );
  }
  if (!sameShape(tensor.shape, shape)) {
    throw new NormscopeError(
      'input',
      'init-shape',
      l10n.t(
        '{0} is {1} in the weights file and {2} in the model. Change the model, or take other weights.',
        path,
        formatShape(tensor.shape),
        formatShape(shape),
      ),
    );
  }
  return tensor;
}

/** The tensor that a buffer starts from; undefined for a count of batches that an older file does not have. Throws as `tensorFor`. */
export function bufferFrom(
  buffer: BufferSpec,
  tensors: ReadonlyMap<string, NamedTensor>,
): NamedTensor | undefined {
  if (buffer.average === undefined && !tensors.has(buffer.path)) return undefined;
  return tensorFor(buffer, tensors);
}

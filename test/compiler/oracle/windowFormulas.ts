import { sizeOf, type Attributes, type Shape } from '../../../src/compiler/graph/types.ts';
import { listOf, numberOf, type Inputs, type Types } from './formula.ts';
import { oracleTensor, type OracleTensor } from './tensor.ts';

/** Calls `visit` for each pair of a position of the window and a tap that lies inside of the picture. */
function visitTaps(
  attributes: Attributes,
  [height, width]: readonly [number, number],
  [rows, columns]: readonly [number, number],
  kernel: readonly number[],
  visit: (position: number, tap: number, pixel: number) => void,
): void {
  const [strideY, strideX] = listOf(attributes, 'strides') as [number, number];
  const [dilationY, dilationX] = listOf(attributes, 'dilations') as [number, number];
  const [top, left] = listOf(attributes, 'pads') as [number, number];
  const [kernelY, kernelX] = kernel as [number, number];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let i = 0; i < kernelY; i++) {
        for (let j = 0; j < kernelX; j++) {
          const y = row * strideY + i * dilationY - top;
          const x = column * strideX + j * dilationX - left;
          if (y < 0 || y >= height || x < 0 || x >= width) continue;
          visit(row * columns + column, i * kernelX + j, y * width + x);
        }
      }
    }
  }
}

function pixelsOf(shape: Shape): readonly [number, number] {
  const [height, width] = shape.slice(-2) as [number, number];
  return [height, width];
}

/** Calls `visit` with the places in picture, kernel and result of every product that a convolution sums. */
function visitProducts(
  attributes: Attributes,
  picture: Shape,
  kernel: Shape,
  result: Shape,
  visit: (picture: number, kernel: number, result: number) => void,
): void {
  const [batch, channels] = picture as [number, number];
  const [outer, inner] = kernel as [number, number];
  const perGroup = outer / numberOf(attributes, 'group', 1);
  const [pixels, taps, positions] = [picture, kernel, result].map((shape) =>
    sizeOf(shape.slice(2)),
  ) as [number, number, number];
  visitTaps(
    attributes,
    pixelsOf(picture),
    pixelsOf(result),
    kernel.slice(2),
    (position, tap, pixel) => {
      for (let n = 0; n < batch; n++) {
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < inner; i++) {
            const channel = Math.floor(o / perGroup) * inner + i;
            visit(
              (n * channels + channel) * pixels + pixel,
              (o * inner + i) * taps + tap,
              (n * outer + o) * positions + position,
            );
          }
        }
      }
    },
  );
}

/** The bias in every pixel of its channel, else zeros. */
function biased(shape: Shape, bias: OracleTensor | undefined): OracleTensor {
  const pixels = sizeOf(shape.slice(2));
  return oracleTensor('float32', shape, (i) => bias?.data[Math.floor(i / pixels) % shape[1]!] ?? 0);
}

export function conv(
  [x, weight, bias]: Inputs,
  attributes: Attributes,
  [type]: Types,
): readonly OracleTensor[] {
  const y = biased(type!.shape, bias);
  visitProducts(attributes, x!.shape, weight!.shape, y.shape, (from, tap, to) => {
    y.data[to]! += x!.data[from]! * weight!.data[tap]!;
  });
  return [y];
}

/** The same products with picture and result exchanged. */
export function convTranspose(
  [x, weight, bias]: Inputs,
  attributes: Attributes,
  [type]: Types,
): readonly OracleTensor[] {
  const y = biased(type!.shape, bias);
  visitProducts(attributes, y.shape, weight!.shape, x!.shape, (to, tap, from) => {
    y.data[to]! += x!.data[from]! * weight!.data[tap]!;
  });
  return [y];
}

export function maxPool(
  [x]: Inputs,
  attributes: Attributes,
  [type]: Types,
): readonly OracleTensor[] {
  const kernel = listOf(attributes, 'kernel_shape');
  const y = oracleTensor('float32', type!.shape, () => -Infinity);
  const places = oracleTensor('int64', type!.shape, () => -1);
  const [pixels, positions] = [sizeOf(x!.shape.slice(2)), sizeOf(type!.shape.slice(2))];
  for (let plane = 0; plane < sizeOf(x!.shape.slice(0, 2)); plane++) {
    visitTaps(
      attributes,
      pixelsOf(x!.shape),
      pixelsOf(y.shape),
      kernel,
      (position, _tap, pixel) => {
        const from = plane * pixels + pixel;
        const to = plane * positions + position;
        if (x!.data[from]! <= y.data[to]!) return;
        y.data[to] = x!.data[from]!;
        places.data[to] = from;
      },
    );
  }
  return [y, places];
}

export function averagePool(
  [x]: Inputs,
  attributes: Attributes,
  [type]: Types,
): readonly OracleTensor[] {
  const kernel = listOf(attributes, 'kernel_shape');
  const y = oracleTensor('float32', type!.shape, () => 0);
  const [pixels, positions] = [sizeOf(x!.shape.slice(2)), sizeOf(type!.shape.slice(2))];
  for (let plane = 0; plane < sizeOf(x!.shape.slice(0, 2)); plane++) {
    visitTaps(
      attributes,
      pixelsOf(x!.shape),
      pixelsOf(y.shape),
      kernel,
      (position, _tap, pixel) => {
        y.data[plane * positions + position]! += x!.data[plane * pixels + pixel]! / sizeOf(kernel);
      },
    );
  }
  return [y];
}

export function col2Im(
  [shares]: Inputs,
  attributes: Attributes,
  [type]: Types,
): readonly OracleTensor[] {
  const kernel = listOf(attributes, 'block_shape');
  const taps = sizeOf(kernel);
  const [, rows, positions] = shares!.shape as [number, number, number];
  const size = pixelsOf(type!.shape);
  const y = oracleTensor('float32', type!.shape, () => 0);
  const across = listOf(attributes, 'strides')[1]!;
  const span = (kernel[1]! - 1) * listOf(attributes, 'dilations')[1]! + 1;
  const [, left, , right] = listOf(attributes, 'pads') as [number, number, number, number];
  const columns = Math.floor((size[1] + left + right - span) / across) + 1;
  const grid = [positions / columns, columns] as const;
  for (let plane = 0; plane < shares!.shape[0]! * (rows / taps); plane++) {
    visitTaps(attributes, size, grid, kernel, (position, tap, pixel) => {
      const from = (plane * taps + tap) * positions + position;
      y.data[plane * sizeOf(size) + pixel]! += shares!.data[from]!;
    });
  }
  return [y];
}

import fc from 'fast-check';
import type { Attributes, Shape } from '../../../src/compiler/graph/types.ts';
import { few, normal, tensors, type Domain } from './arbitraries.ts';
import type { OpCase, OpCases } from './opCases.ts';

interface Geometry {
  readonly batch: number;
  readonly group: number;
  readonly inner: number;
  readonly outer: number;
  /** Of the picture that the window moves over. */
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly positions: readonly [number, number];
}

function between(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max });
}

function pair(one: fc.Arbitrary<number>): fc.Arbitrary<readonly [number, number]> {
  return fc.tuple(one, one);
}

/**
 * Windows over pictures of at most 5 × 5, or of one picture of 9 × 9 or 10 × 9 with one channel, which has more than 64 positions
 * where the stride is 1: each form of the gradients has its turn. Pads are below the kernel's size, as pools demand.
 */
function geometries(largestGroup: number): fc.Arbitrary<Geometry> {
  const small = fc.record({
    batch: between(1, 3),
    group: between(1, largestGroup),
    inner: between(1, 2),
    outer: between(1, 2),
    size: pair(between(1, 5)),
  });
  const large = fc.record({
    batch: fc.constant(1),
    group: between(1, largestGroup),
    inner: fc.constant(1),
    outer: fc.constant(1),
    size: fc.constantFrom<readonly [number, number]>([9, 9], [10, 9]),
  });
  return fc
    .tuple(
      fc.oneof({ weight: 3, arbitrary: small }, { weight: 1, arbitrary: large }),
      pair(between(1, 3)),
      pair(fc.constantFrom(1, 1, 2, 3)),
      pair(fc.constantFrom(1, 1, 2)),
      fc.tuple(between(0, 2), between(0, 2), between(0, 2), between(0, 2)),
    )
    .map(([picture, kernel, strides, dilations, padding]) => {
      const pads = padding.map((pad, side) => Math.min(pad, kernel[side % 2]! - 1)) as [
        number,
        number,
        number,
        number,
      ];
      const positions = [0, 1].map((axis) => {
        const span = (kernel[axis]! - 1) * dilations[axis]! + 1;
        const padded = picture.size[axis]! + pads[axis]! + pads[axis + 2]!;
        return Math.floor((padded - span) / strides[axis]!) + 1;
      }) as [number, number];
      return { ...picture, kernel, strides, dilations, pads, positions };
    })
    .filter(({ positions }) => positions.every((count) => count >= 1));
}

function attributesOf({ strides, dilations, pads }: Geometry): Attributes {
  return { strides, dilations, pads };
}

function opCase(
  attributes: Attributes,
  shapes: readonly Shape[],
  domain: Domain = normal,
): fc.Arbitrary<OpCase> {
  return fc
    .tuple(...shapes.map((shape) => tensors(shape, domain)))
    .map((inputs) => ({ inputs, attributes }));
}

export function convCases(): OpCases {
  const cases = fc.tuple(geometries(2), fc.boolean()).chain(([geometry, isBiased]) => {
    const { batch, group, inner, outer, size, kernel } = geometry;
    return opCase({ ...attributesOf(geometry), group }, [
      [batch, group * inner, ...size],
      [group * outer, inner, ...kernel],
      ...(isBiased ? [[group * outer]] : []),
    ]);
  });
  return { cases, tolerance: 2e-6 };
}

/** The picture that the window moves over is the result: its size less what the positions reach is `output_padding`. */
export function convTransposeCases(): OpCases {
  const cases = fc.tuple(geometries(2), fc.boolean()).chain(([geometry, isBiased]) => {
    const { batch, group, inner, outer, size, kernel, positions } = geometry;
    const { strides, dilations, pads } = geometry;
    const output_padding = size.map((pixels, axis) => {
      const span = (kernel[axis]! - 1) * dilations[axis]! + 1;
      const reached = (positions[axis]! - 1) * strides[axis]! + span;
      return pixels + pads[axis]! + pads[axis + 2]! - reached;
    });
    return opCase({ ...attributesOf(geometry), group, output_padding }, [
      [batch, group * outer, ...positions],
      [group * outer, inner, ...kernel],
      ...(isBiased ? [[group * inner]] : []),
    ]);
  });
  return { cases, tolerance: 2e-6 };
}

/** Without ties, which finite differences do not see through; `tiedMaxPool` has them. */
export function maxPoolCases(domain: Domain = normal): OpCases {
  const cases = geometries(1)
    .filter(hasTapInside)
    .chain((geometry) => {
      const { batch, inner, size, kernel } = geometry;
      const attributes = { ...attributesOf(geometry), kernel_shape: kernel };
      return opCase(attributes, [[batch, inner, ...size]], domain);
    });
  return { cases, differentiable: [0] };
}

/** Pictures of −1, 0 and 1: nearly every window has ties. */
export const tiedMaxPool = maxPoolCases(few);

/** Whether each window has a tap inside of the picture: the largest of nothing is not defined. */
function hasTapInside(geometry: Geometry): boolean {
  const { size, kernel, strides, dilations, pads, positions } = geometry;
  return [0, 1].every((axis) =>
    Array.from({ length: positions[axis]! }, (_, at) => at).every((at) =>
      Array.from({ length: kernel[axis]! }, (_, tap) => tap).some((tap) => {
        const pixel = at * strides[axis]! + tap * dilations[axis]! - pads[axis]!;
        return pixel >= 0 && pixel < size[axis]!;
      }),
    ),
  );
}

export function averagePoolCases(): OpCases {
  const cases = geometries(1).chain((geometry) => {
    const { batch, inner, size, kernel } = geometry;
    const attributes = { ...attributesOf(geometry), kernel_shape: kernel, count_include_pad: 1 };
    return opCase(attributes, [[batch, inner, ...size]]);
  });
  return { cases };
}

export function col2ImCases(): OpCases {
  const cases = geometries(1).chain((geometry) => {
    const { batch, inner, size, kernel, positions } = geometry;
    const rows = inner * kernel[0] * kernel[1];
    return opCase({ ...attributesOf(geometry), image_shape: size, block_shape: kernel }, [
      [batch, rows, positions[0] * positions[1]],
    ]);
  });
  return { cases };
}

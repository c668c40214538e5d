/**
 * The engine's arithmetic outside of the runtime: gradient norms, optimizer updates and dropout masks, 128 bits at a time.
 * AssemblyScript; compiled to dist/kernel.wasm by scripts/kernel.ts.
 *
 * Every pointer is a byte address that is a multiple of 64, and every buffer is padded with zeros to a multiple of 64 bytes, so
 * that loops need no tail. Counts are numbers of float32 elements without the padding. An update reads the sets that hold the
 * current step and writes the other ones: nothing that it reads is ever overwritten. It returns 0 when every new parameter is
 * finite, else NaN.
 */

function sumOfLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) +
    f32x4.extract_lane(x, 1) +
    f32x4.extract_lane(x, 2) +
    f32x4.extract_lane(x, 3)
  );
}

/** Sum of x² in float64, in a fixed order. */
export function sumOfSquares(from: usize, count: u32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  const end = from + ((<usize>count + 7) / 8) * 32;
  for (; from < end; from += 32) {
    const low = v128.load(from);
    const high = v128.load(from, 16);
    const low0 = f64x2.promote_low_f32x4(low);
    const low1 = f64x2.promote_low_f32x4(v128.shuffle<f32>(low, low, 2, 3, 2, 3));
    const high0 = f64x2.promote_low_f32x4(high);
    const high1 = f64x2.promote_low_f32x4(v128.shuffle<f32>(high, high, 2, 3, 2, 3));
    a = f64x2.add(a, f64x2.mul(low0, low0));
    b = f64x2.add(b, f64x2.mul(low1, low1));
    c = f64x2.add(c, f64x2.mul(high0, high0));
    d = f64x2.add(d, f64x2.mul(high1, high1));
  }
  const sum = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** into = from · scale. */
export function scaleInto(into: usize, from: usize, count: u32, scale: f32): void {
  const factor = f32x4.splat(scale);
  const end = from + ((<usize>count + 3) / 4) * 16;
  for (; from < end; from += 16, into += 16) {
    v128.store(into, f32x4.mul(v128.load(from), factor));
  }
}

/** into = into + from · scale. */
export function addScaled(into: usize, from: usize, count: u32, scale: f32): void {
  const factor = f32x4.splat(scale);
  const end = from + ((<usize>count + 3) / 4) * 16;
  for (; from < end; from += 16, into += 16) {
    v128.store(into, f32x4.add(v128.load(into), f32x4.mul(v128.load(from), factor)));
  }
}

/** Stochastic gradient descent without momentum: p' = p − lr·(g + decay·p), g = gradient·scale. */
export function sgd(
  from: usize,
  into: usize,
  gradient: usize,
  count: u32,
  scale: f32,
  lr: f32,
  decay: f32,
): f32 {
  const scales = f32x4.splat(scale);
  const rates = f32x4.splat(lr);
  const decays = f32x4.splat(decay);
  let bad = f32x4.splat(0);
  const end = from + ((<usize>count + 3) / 4) * 16;
  for (; from < end; from += 16, into += 16, gradient += 16) {
    const p = v128.load(from);
    const g = f32x4.add(f32x4.mul(v128.load(gradient), scales), f32x4.mul(p, decays));
    const updated = f32x4.sub(p, f32x4.mul(g, rates));
    v128.store(into, updated);
    bad = f32x4.add(bad, f32x4.sub(updated, updated));
  }
  return sumOfLanes(bad);
}

/**
 * Stochastic gradient descent with momentum as PyTorch has it: g = gradient·scale + decay·p; b' = momentum·b + damped·g, or g at
 * the first step; p' = p − lr·(nesterov ? g + momentum·b' : b').
 */
export function sgdMomentum(
  from: usize,
  into: usize,
  gradient: usize,
  bufferFrom: usize,
  bufferInto: usize,
  count: u32,
  scale: f32,
  lr: f32,
  decay: f32,
  momentum: f32,
  damped: f32,
  nesterov: bool,
  first: bool,
): f32 {
  let bad = f32x4.splat(0);
  const scales = f32x4.splat(scale);
  const rates = f32x4.splat(lr);
  const decays = f32x4.splat(decay);
  const momenta = f32x4.splat(first ? 0 : momentum);
  const weights = f32x4.splat(first ? 1 : damped);
  const ahead = f32x4.splat(momentum);
  const end = from + ((<usize>count + 3) / 4) * 16;
  for (; from < end; from += 16) {
    const p = v128.load(from);
    const g = f32x4.add(f32x4.mul(v128.load(gradient), scales), f32x4.mul(p, decays));
    const b = f32x4.add(f32x4.mul(v128.load(bufferFrom), momenta), f32x4.mul(g, weights));
    const direction = nesterov ? f32x4.add(g, f32x4.mul(b, ahead)) : b;
    v128.store(bufferInto, b);
    const updated = f32x4.sub(p, f32x4.mul(direction, rates));
    v128.store(into, updated);
    bad = f32x4.add(bad, f32x4.sub(updated, updated));
    into += 16;
    gradient += 16;
    bufferFrom += 16;
    bufferInto += 16;
  }
  return sumOfLanes(bad);
}

/**
 * Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) in PyTorch's order of operations: p is first multiplied by
 * `shrink` (AdamW: 1 − lr·decay); g = gradient·scale + decay·p (Adam's L2 decay); m' = β1·m + (1 − β1)·g; v' = β2·v + (1 − β2)·g²;
 * p' = p − stepSize·m' / (√v' / correction + eps), with stepSize = lr / (1 − β1^t) and correction = √(1 − β2^t).
 */
export function adam(
  from: usize,
  into: usize,
  gradient: usize,
  firstFrom: usize,
  firstInto: usize,
  secondFrom: usize,
  secondInto: usize,
  count: u32,
  scale: f32,
  decay: f32,
  shrink: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  stepSize: f32,
  correction: f32,
  eps: f32,
): f32 {
  let bad = f32x4.splat(0);
  const scales = f32x4.splat(scale);
  const decays = f32x4.splat(decay);
  const shrinks = f32x4.splat(shrink);
  const beta1s = f32x4.splat(beta1);
  const rest1s = f32x4.splat(rest1);
  const beta2s = f32x4.splat(beta2);
  const rest2s = f32x4.splat(rest2);
  const sizes = f32x4.splat(stepSize);
  const corrections = f32x4.splat(correction);
  const epsilons = f32x4.splat(eps);
  const end = from + ((<usize>count + 3) / 4) * 16;
  for (; from < end; from += 16) {
    const old = v128.load(from);
    const p = f32x4.mul(old, shrinks);
    const g = f32x4.add(f32x4.mul(v128.load(gradient), scales), f32x4.mul(old, decays));
    const m = f32x4.add(f32x4.mul(v128.load(firstFrom), beta1s), f32x4.mul(g, rest1s));
    const v = f32x4.add(
      f32x4.mul(v128.load(secondFrom), beta2s),
      f32x4.mul(f32x4.mul(g, rest2s), g),
    );
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(v), corrections), epsilons);
    v128.store(firstInto, m);
    v128.store(secondInto, v);
    const updated = f32x4.sub(p, f32x4.div(f32x4.mul(m, sizes), denominator));
    v128.store(into, updated);
    bad = f32x4.add(bad, f32x4.sub(updated, updated));
    into += 16;
    gradient += 16;
    firstFrom += 16;
    firstInto += 16;
    secondFrom += 16;
    secondInto += 16;
  }
  return sumOfLanes(bad);
}

// The four words of four consecutive blocks, one word of each block in a vector.
let c0: v128 = i32x4.splat(0);
let c1: v128 = i32x4.splat(0);
let c2: v128 = i32x4.splat(0);
let c3: v128 = i32x4.splat(0);

/** Philox4x32-10 of the blocks `block` to `block + 3`: counter (block, 0, substream, stream), key (key0, key1). */
function philox(block: u32, substream: u32, stream: u32, key0: u32, key1: u32): void {
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  let a = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let b = i32x4.splat(0);
  let c = i32x4.splat(substream);
  let d = i32x4.splat(stream);
  for (let round = 0; round < 10; round++) {
    const low0 = i64x2.extmul_low_i32x4_u(a, multiplier0);
    const high0 = i64x2.extmul_high_i32x4_u(a, multiplier0);
    const low1 = i64x2.extmul_low_i32x4_u(c, multiplier1);
    const high1 = i64x2.extmul_high_i32x4_u(c, multiplier1);
    a = v128.xor(v128.xor(v128.shuffle<i32>(low1, high1, 1, 3, 5, 7), b), i32x4.splat(key0));
    c = v128.xor(v128.xor(v128.shuffle<i32>(low0, high0, 1, 3, 5, 7), d), i32x4.splat(key1));
    b = v128.shuffle<i32>(low1, high1, 0, 2, 4, 6);
    d = v128.shuffle<i32>(low0, high0, 0, 2, 4, 6);
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
  // Transposed, so that each vector holds the four words of one block.
  const low01 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  c0 = v128.shuffle<i64>(low01, low23, 0, 2);
  c1 = v128.shuffle<i64>(low01, low23, 1, 3);
  c2 = v128.shuffle<i64>(high01, high23, 0, 2);
  c3 = v128.shuffle<i64>(high01, high23, 1, 3);
}

/** `count` words of the stream from block `block` on; the same as `RandomStream.nextUint32` gives one after the other. */
export function randomWords(
  into: usize,
  count: u32,
  block: u32,
  substream: u32,
  stream: u32,
  key0: u32,
  key1: u32,
): void {
  const end = into + ((<usize>count + 15) / 16) * 64;
  for (; into < end; into += 64, block += 4) {
    philox(block, substream, stream, key0, key1);
    v128.store(into, c0);
    v128.store(into, c1, 16);
    v128.store(into, c2, 32);
    v128.store(into, c3, 48);
  }
}

/** Element i is 0 where word i of the stream is below `threshold` (unsigned), else `kept`. */
export function dropoutMask(
  into: usize,
  count: u32,
  threshold: u32,
  kept: f32,
  substream: u32,
  stream: u32,
  key0: u32,
  key1: u32,
): void {
  const limits = i32x4.splat(threshold);
  const values = f32x4.splat(kept);
  const end = into + ((<usize>count + 15) / 16) * 64;
  for (let block: u32 = 0; into < end; into += 64, block += 4) {
    philox(block, substream, stream, key0, key1);
    v128.store(into, v128.and(i32x4.ge_u(c0, limits), values));
    v128.store(into, v128.and(i32x4.ge_u(c1, limits), values), 16);
    v128.store(into, v128.and(i32x4.ge_u(c2, limits), values), 32);
    v128.store(into, v128.and(i32x4.ge_u(c3, limits), values), 48);
  }
}

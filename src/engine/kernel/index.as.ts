/**
 * The engine's arithmetic outside of the runtime: gradient norms, optimizer updates, dropout masks, moments and hashes, mostly 128
 * bits at a time. AssemblyScript; compiled to dist/kernel.wasm by scripts/kernel.ts.
 *
 * Every pointer is a byte address that is a multiple of 64, and every buffer is padded with zeros to a multiple of 64 bytes, so
 * that loops need no tail. Counts are numbers of float32 elements without the padding. An update reads the sets that hold the
 * current step and writes the other ones: nothing that it reads is ever overwritten. It returns 0 when every new parameter is
 * finite, else NaN, and gathers the square sum of the gradients and a hash of the new parameters on its way.
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

/** Sum of |x| in float64, in a fixed order. */
export function sumOfMagnitudes(from: usize, count: u32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  const end = from + ((<usize>count + 3) / 4) * 16;
  for (; from < end; from += 16) {
    const x = f32x4.abs(v128.load(from));
    a = f64x2.add(a, f64x2.promote_low_f32x4(x));
    b = f64x2.add(b, f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)));
  }
  const sum = f64x2.add(a, b);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/**
 * Sums of d, d², d³ and d⁴ for d = x − shift, then the least and the largest x: six float64 at `into`. Returns 0 when every
 * element is finite, else NaN; then the numbers at `into` mean nothing.
 */
export function moments(from: usize, count: u32, shift: f64, into: usize): f64 {
  const shifts = f64x2.splat(shift);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  let s4 = f64x2.splat(0);
  let least = f32x4.splat(Infinity);
  let largest = f32x4.splat(-Infinity);
  let bad = f32x4.splat(0);
  const end = from + <usize>(count / 4) * 16;
  for (; from < end; from += 16) {
    const x = v128.load(from);
    bad = f32x4.add(bad, f32x4.sub(x, x));
    least = f32x4.pmin(least, x);
    largest = f32x4.pmax(largest, x);
    const low = f64x2.sub(f64x2.promote_low_f32x4(x), shifts);
    const high = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)), shifts);
    const low2 = f64x2.mul(low, low);
    const high2 = f64x2.mul(high, high);
    s1 = f64x2.add(s1, f64x2.add(low, high));
    s2 = f64x2.add(s2, f64x2.add(low2, high2));
    s3 = f64x2.add(s3, f64x2.add(f64x2.mul(low2, low), f64x2.mul(high2, high)));
    s4 = f64x2.add(s4, f64x2.add(f64x2.mul(low2, low2), f64x2.mul(high2, high2)));
  }
  let d1 = f64x2.extract_lane(s1, 0) + f64x2.extract_lane(s1, 1);
  let d2 = f64x2.extract_lane(s2, 0) + f64x2.extract_lane(s2, 1);
  let d3 = f64x2.extract_lane(s3, 0) + f64x2.extract_lane(s3, 1);
  let d4 = f64x2.extract_lane(s4, 0) + f64x2.extract_lane(s4, 1);
  let lowest = min(
    min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)),
    min(f32x4.extract_lane(least, 2), f32x4.extract_lane(least, 3)),
  );
  let highest = max(
    max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
  let wrong = sumOfLanes(bad);
  const rest = from + <usize>(count % 4) * 4;
  for (; from < rest; from += 4) {
    const x = load<f32>(from);
    const d = <f64>x - shift;
    wrong += x - x;
    lowest = min(lowest, x);
    highest = max(highest, x);
    d1 += d;
    d2 += d * d;
    d3 += d * d * d;
    d4 += d * d * (d * d);
  }
  store<f64>(into, d1);
  store<f64>(into, d2, 8);
  store<f64>(into, d3, 16);
  store<f64>(into, d4, 24);
  store<f64>(into, <f64>lowest, 32);
  store<f64>(into, <f64>highest, 40);
  return <f64>wrong;
}

/** Of a parameter before (`from`) and after (`updated`) an update: sums of w, w², Δw and Δw², four float64 at `into`. */
export function updateMoments(from: usize, updated: usize, count: u32, into: usize): void {
  let w1 = f64x2.splat(0);
  let w2 = f64x2.splat(0);
  let u1 = f64x2.splat(0);
  let u2 = f64x2.splat(0);
  const end = from + ((<usize>count + 3) / 4) * 16;
  for (; from < end; from += 16, updated += 16) {
    const w = v128.load(from);
    const u = f32x4.sub(v128.load(updated), w);
    const wLow = f64x2.promote_low_f32x4(w);
    const wHigh = f64x2.promote_low_f32x4(v128.shuffle<f32>(w, w, 2, 3, 2, 3));
    const uLow = f64x2.promote_low_f32x4(u);
    const uHigh = f64x2.promote_low_f32x4(v128.shuffle<f32>(u, u, 2, 3, 2, 3));
    w1 = f64x2.add(w1, f64x2.add(wLow, wHigh));
    w2 = f64x2.add(w2, f64x2.add(f64x2.mul(wLow, wLow), f64x2.mul(wHigh, wHigh)));
    u1 = f64x2.add(u1, f64x2.add(uLow, uHigh));
    u2 = f64x2.add(u2, f64x2.add(f64x2.mul(uLow, uLow), f64x2.mul(uHigh, uHigh)));
  }
  store<f64>(into, f64x2.extract_lane(w1, 0) + f64x2.extract_lane(w1, 1));
  store<f64>(into, f64x2.extract_lane(w2, 0) + f64x2.extract_lane(w2, 1), 8);
  store<f64>(into, f64x2.extract_lane(u1, 0) + f64x2.extract_lane(u1, 1), 16);
  store<f64>(into, f64x2.extract_lane(u2, 0) + f64x2.extract_lane(u2, 1), 24);
}

// What a pass over gradients and parameters gathers on its way: Σ gradient² in four float64, and a digest of what it writes.
let squares0: v128 = f64x2.splat(0);
let squares1: v128 = f64x2.splat(0);
let digest: v128 = i32x4.splat(0);

/** `sum` and the squares of the first two elements. */
function addLowSquares(sum: v128, x: v128): v128 {
  const low = f64x2.promote_low_f32x4(x);
  return f64x2.add(sum, f64x2.mul(low, low));
}

/** `sum` and the squares of the last two elements. */
function addHighSquares(sum: v128, x: v128): v128 {
  return addLowSquares(sum, v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** A digest with four more words in it: a bijection of it for every word, so that no single difference is ever lost. */
function digestWith(held: v128, words: v128): v128 {
  const mixed = i32x4.mul(i32x4.add(held, words), i32x4.splat(0x9e3779b1));
  return v128.xor(mixed, i32x4.shr_u(mixed, 15));
}

/** Begins a digest, lane by lane different, with the hash of what came before. */
function beginDigest(seed: u64): void {
  const low = <i32>seed;
  const high = <i32>(seed >> 32);
  digest = i32x4.add(
    i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(low), 1, high), 3, high),
    i32x4(0x60ea27ee, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f),
  );
}

/** The digest as 64 bits: its halves through the finishing of xxHash64 (Collet 2014). */
function endDigest(count: u32): u64 {
  const low = <u64>i64x2.extract_lane(digest, 0);
  const high = <u64>i64x2.extract_lane(digest, 1);
  let whole = rotl<u64>(low * 0xc2b2ae3d27d4eb4f + <u64>count, 31) * 0x9e3779b185ebca87;
  whole = rotl<u64>((whole ^ high) * 0xc2b2ae3d27d4eb4f, 27) * 0x9e3779b185ebca87;
  whole = (whole ^ (whole >> 33)) * 0xc2b2ae3d27d4eb4f;
  whole = (whole ^ (whole >> 29)) * 0x165667b19e3779f9;
  return whole ^ (whole >> 32);
}

/**
 * A hash of 64 bits over the bits of the elements, begun with `seed`: the hash of what came before. Not for secrets. The padding
 * is part of it, so it must be zeros.
 */
export function hash(from: usize, count: u32, seed: u64): u64 {
  beginDigest(seed);
  const end = from + ((<usize>count + 3) / 4) * 16;
  let mixed = digest;
  for (; from < end; from += 16) mixed = digestWith(mixed, v128.load(from));
  digest = mixed;
  return endDigest(count);
}

/** Begins what the next updates gather: the square sum at 0, the hash with `seed`. */
export function beginGathering(seed: u64): void {
  squares0 = f64x2.splat(0);
  squares1 = f64x2.splat(0);
  beginDigest(seed);
}

/** Σ gradient² since `beginGathering`, in a fixed order. */
export function gatheredSquares(): f64 {
  const sum = f64x2.add(squares0, squares1);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** The hash of the `count` parameters that were written since `beginGathering`: that of `hash` over them. */
export function gatheredHash(count: u32): u64 {
  return endDigest(count);
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
  let low = squares0;
  let high = squares1;
  let mixed = digest;
  const end = from + ((<usize>count + 3) / 4) * 16;
  for (; from < end; from += 16, into += 16, gradient += 16) {
    const p = v128.load(from);
    const slope = v128.load(gradient);
    low = addLowSquares(low, slope);
    high = addHighSquares(high, slope);
    const g = f32x4.add(f32x4.mul(slope, scales), f32x4.mul(p, decays));
    const updated = f32x4.sub(p, f32x4.mul(g, rates));
    v128.store(into, updated);
    mixed = digestWith(mixed, updated);
    bad = f32x4.add(bad, f32x4.sub(updated, updated));
  }
  squares0 = low;
  squares1 = high;
  digest = mixed;
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
  let low = squares0;
  let high = squares1;
  let mixed = digest;
  const scales = f32x4.splat(scale);
  const rates = f32x4.splat(lr);
  const decays = f32x4.splat(decay);
  const momenta = f32x4.splat(first ? 0 : momentum);
  const weights = f32x4.splat(first ? 1 : damped);
  const ahead = f32x4.splat(momentum);
  const end = from + ((<usize>count + 3) / 4) * 16;
  for (; from < end; from += 16) {
    const p = v128.load(from);
    const slope = v128.load(gradient);
    low = addLowSquares(low, slope);
    high = addHighSquares(high, slope);
    const g = f32x4.add(f32x4.mul(slope, scales), f32x4.mul(p, decays));
    const b = f32x4.add(f32x4.mul(v128.load(bufferFrom), momenta), f32x4.mul(g, weights));
    const direction = nesterov ? f32x4.add(g, f32x4.mul(b, ahead)) : b;
    v128.store(bufferInto, b);
    const updated = f32x4.sub(p, f32x4.mul(direction, rates));
    v128.store(into, updated);
    mixed = digestWith(mixed, updated);
    bad = f32x4.add(bad, f32x4.sub(updated, updated));
    into += 16;
    gradient += 16;
    bufferFrom += 16;
    bufferInto += 16;
  }
  squares0 = low;
  squares1 = high;
  digest = mixed;
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
  const isCoupled = decay != 0;
  let bad = f32x4.splat(0);
  let low = squares0;
  let high = squares1;
  let mixed = digest;
  const scales = f32x4.splat(scale);
  const decays = f32x4.splat(decay);
  const shrinks = f32x4.splat(shrink);
  const beta1s = f32x4.splat(beta1);
  const rest1s = f32x4.splat(rest1);
  const beta2s = f32x4.splat(beta2);
  const rest2s = f32x4.splat(rest2);
  const sizes = f32x4.splat(stepSize);
  // A product in place of PyTorch's division: half an ulp apart, and a tenth faster.
  const corrections = f32x4.splat(1 / correction);
  const epsilons = f32x4.splat(eps);
  const end = from + ((<usize>count + 3) / 4) * 16;
  for (; from < end; from += 16) {
    const p = v128.load(from);
    const slope = v128.load(gradient);
    low = addLowSquares(low, slope);
    high = addHighSquares(high, slope);
    let g = f32x4.mul(slope, scales);
    if (isCoupled) g = f32x4.add(g, f32x4.mul(p, decays));
    const m = f32x4.add(f32x4.mul(v128.load(firstFrom), beta1s), f32x4.mul(g, rest1s));
    const v = f32x4.add(
      f32x4.mul(v128.load(secondFrom), beta2s),
      f32x4.mul(f32x4.mul(g, rest2s), g),
    );
    const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(v), corrections), epsilons);
    v128.store(firstInto, m);
    v128.store(secondInto, v);
    const step = f32x4.div(f32x4.mul(m, sizes), denominator);
    const updated = f32x4.sub(f32x4.mul(p, shrinks), step);
    v128.store(into, updated);
    mixed = digestWith(mixed, updated);
    bad = f32x4.add(bad, f32x4.sub(updated, updated));
    into += 16;
    gradient += 16;
    firstFrom += 16;
    firstInto += 16;
    secondFrom += 16;
    secondInto += 16;
  }
  squares0 = low;
  squares1 = high;
  digest = mixed;
  return sumOfLanes(bad);
}

// The words of four consecutive blocks: at first one vector per word, transposed one vector per block.
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
  c0 = a;
  c1 = b;
  c2 = c;
  c3 = d;
}

/** Transposes what `philox` made, so that each vector holds the four words of one block. */
function transpose(): void {
  const low01 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
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
    transpose();
    v128.store(into, c0);
    v128.store(into, c1, 16);
    v128.store(into, c2, 32);
    v128.store(into, c3, 48);
  }
}

/** Two uniform numbers in [0, 1) with 53 random bits each, of the first two words of two vectors. */
function uniforms(high: v128, low: v128): v128 {
  const upper = f64x2.convert_low_i32x4_u(i32x4.shr_u(high, 5));
  const lower = f64x2.convert_low_i32x4_u(i32x4.shr_u(low, 6));
  return f64x2.mul(
    f64x2.add(f64x2.mul(upper, f64x2.splat(67108864)), lower),
    f64x2.splat(1 / 9007199254740992.0),
  );
}

/** c + x · p, a step of Horner's rule. */
function horner(p: v128, x: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(p, x), f64x2.splat(c));
}

/**
 * Natural logarithm of two normal numbers above 0, within an ulp: x = 2^k (1 + f) with 1 + f in [√½, √2), then the minimax
 * polynomial in s² with s = f / (2 + f) of Sun's fdlibm (e_log.c).
 */
function logarithm(x: v128): v128 {
  // Added to the exponent's bits so that they change where the fraction passes √½.
  const shifted = i64x2.add(x, i64x2.splat(0x3ff0000000000000 - 0x3fe6a09e667f3bcd));
  const exponents = i64x2.sub(i64x2.shr_u(shifted, 52), i64x2.splat(0x3ff));
  const fraction = i64x2.sub(x, i64x2.shl(exponents, 52));
  const k = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponents, exponents, 0, 2, 0, 2));
  const f = f64x2.sub(fraction, f64x2.splat(1));
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2)));
  const z = f64x2.mul(s, s);
  let p = f64x2.splat(1.479819860511658591e-1);
  p = horner(p, z, 1.531383769920937332e-1);
  p = horner(p, z, 1.818357216161805012e-1);
  p = horner(p, z, 2.222219843214978396e-1);
  p = horner(p, z, 2.857142874366239149e-1);
  p = horner(p, z, 3.99999999994094191e-1);
  p = horner(p, z, 6.66666666666673513e-1);
  const half = f64x2.mul(f64x2.splat(0.5), f64x2.mul(f, f));
  const bent = f64x2.mul(s, f64x2.add(half, f64x2.mul(p, z)));
  const rest = f64x2.add(bent, f64x2.mul(k, f64x2.splat(1.90821492927058770002e-10)));
  const whole = f64x2.mul(k, f64x2.splat(6.9314718036912381649e-1));
  return f64x2.sub(whole, f64x2.sub(f64x2.sub(half, rest), f));
}

/**
 * Cosine of two numbers of turns in [0, 1), within 2^-52: the nearest quarter is taken off exactly, and sine or cosine of the rest, at
 * most π / 4, is the polynomial of Sun's fdlibm (k_sin.c, k_cos.c).
 */
function cosineOfTurns(turns: v128): v128 {
  const quarters = f64x2.nearest(f64x2.mul(turns, f64x2.splat(4)));
  const x = f64x2.mul(
    f64x2.sub(turns, f64x2.mul(quarters, f64x2.splat(0.25))),
    f64x2.splat(6.283185307179586),
  );
  const z = f64x2.mul(x, x);
  let s = f64x2.splat(1.58969099521155010221e-10);
  s = horner(s, z, -2.50507602534068634195e-8);
  s = horner(s, z, 2.75573137070700676789e-6);
  s = horner(s, z, -1.98412698298579493134e-4);
  s = horner(s, z, 8.33333333332248946124e-3);
  s = horner(s, z, -1.66666666666666324348e-1);
  const sine = f64x2.add(x, f64x2.mul(f64x2.mul(x, z), s));
  let c = f64x2.splat(-1.13596475577881948265e-11);
  c = horner(c, z, 2.0875723212981748279e-9);
  c = horner(c, z, -2.75573143513906633035e-7);
  c = horner(c, z, 2.48015872894767294178e-5);
  c = horner(c, z, -1.38888888888741095749e-3);
  c = horner(c, z, 4.16666666666666019037e-2);
  const cosine = f64x2.add(
    f64x2.sub(f64x2.splat(1), f64x2.mul(f64x2.splat(0.5), z)),
    f64x2.mul(f64x2.mul(z, z), c),
  );
  // cos(x + q · π / 2) for q = 0, 1, 2, 3, 4 is cos x, −sin x, −cos x, sin x, cos x.
  const odd = v128.or(f64x2.eq(quarters, f64x2.splat(1)), f64x2.eq(quarters, f64x2.splat(3)));
  const negative = v128.or(f64x2.eq(quarters, f64x2.splat(1)), f64x2.eq(quarters, f64x2.splat(2)));
  const sign = v128.and(negative, f64x2.splat(-0.0));
  return v128.xor(v128.bitselect(sine, cosine, odd), sign);
}

/** Box and Muller's transform of the first two blocks of four vectors of words, the cosine half: two standard normals. */
function boxMuller(a: v128, b: v128, c: v128, d: v128): v128 {
  const logs = logarithm(f64x2.sub(f64x2.splat(1), uniforms(a, b)));
  const radius = f64x2.sqrt(f64x2.mul(logs, f64x2.splat(-2)));
  return f64x2.mul(radius, cosineOfTurns(uniforms(c, d)));
}

/**
 * `count` numbers mean + std · z with z standard normal, one block of the stream each from block `block` on: those of
 * `RandomStream.nextNormal`, but for the last bit of float64 before the rounding to float32.
 */
export function randomNormals(
  into: usize,
  count: u32,
  mean: f64,
  std: f64,
  block: u32,
  substream: u32,
  stream: u32,
  key0: u32,
  key1: u32,
): void {
  const means = f64x2.splat(mean);
  const stds = f64x2.splat(std);
  const end = into + ((<usize>count + 3) / 4) * 16;
  for (; into < end; into += 16, block += 4) {
    philox(block, substream, stream, key0, key1);
    const low = boxMuller(c0, c1, c2, c3);
    const high = boxMuller(upper(c0), upper(c1), upper(c2), upper(c3));
    const first = f32x4.demote_f64x2_zero(f64x2.add(means, f64x2.mul(stds, low)));
    const last = f32x4.demote_f64x2_zero(f64x2.add(means, f64x2.mul(stds, high)));
    v128.store(into, v128.shuffle<f32>(first, last, 0, 1, 4, 5));
  }
}

/** The last two words in front. */
function upper(words: v128): v128 {
  return v128.shuffle<i32>(words, words, 2, 3, 2, 3);
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
    transpose();
    v128.store(into, v128.and(i32x4.ge_u(c0, limits), values));
    v128.store(into, v128.and(i32x4.ge_u(c1, limits), values), 16);
    v128.store(into, v128.and(i32x4.ge_u(c2, limits), values), 32);
    v128.store(into, v128.and(i32x4.ge_u(c3, limits), values), 48);
  }
}

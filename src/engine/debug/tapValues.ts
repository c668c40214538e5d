import type { Graph, Port, TensorData, Value } from '../../compiler/graph/types.ts';
import { sizeOf } from '../../compiler/graph/types.ts';
import { cut } from '../../compiler/passes/cut.ts';
import { schedule } from '../../compiler/passes/schedule.ts';
import { tensorStatistics, type TensorStatistics } from '../../statistics/definitions.ts';
import { createKernel, type Kernel } from '../kernel/kernel.ts';
import { MemoryPlan, type Region } from '../kernel/memory.ts';
import { Session, type TensorArray, type TensorBinding } from '../runtime/session.ts';

/** Elements as people look at them; token ids and masks become int32. */
export type TapArray = Float32Array | Int32Array;

interface Place {
  readonly value: Value;
  /** In the program's own memory, so that statistics are computed there; other types than float32 have an array of their own. */
  readonly region: Region | undefined;
  readonly binding: TensorBinding;
}

/**
 * A program that fetches values of the recording graph into memory of its own: they stay until it runs again.
 */
export class TapValues {
  /** The memory that the values are in. */
  readonly kernel: Kernel;
  private readonly session: Session;
  private readonly results: Region;
  private readonly places: ReadonlyMap<Value, Place>;
  private readonly given: readonly TensorBinding[];
  /** Memory of the values. */
  readonly bytes: number;

  private constructor(
    session: Session,
    kernel: Kernel,
    results: Region,
    places: readonly Place[],
    given: readonly TensorBinding[],
    bytes: number,
  ) {
    this.session = session;
    this.kernel = kernel;
    this.results = results;
    this.places = new Map(places.map((place) => [place.value, place]));
    this.given = given;
    this.bytes = bytes;
  }

  /**
   * A program for `values`, in the order in which they shall be made, that need not compute again what `given` has; in the memory of
   * `kernel` if they fit in there, else in one of its own.
   * Throws what `Session.create` and `MemoryPlan.allocate` throw.
   */
  static async create(
    graph: Graph,
    values: readonly Value[],
    threads: number,
    { given, kernel: roomy }: { readonly given?: TapValues; readonly kernel?: Kernel } = {},
  ): Promise<TapValues> {
    const plan = new MemoryPlan();
    const results = plan.reserve(16);
    const planned = values.map((value) => ({
      value,
      region: value.dtype === 'float32' ? plan.reserve(sizeOf(value.shape)) : undefined,
    }));
    const fits = roomy !== undefined && roomy.bytes.length >= plan.bytes;
    const kernel = fits ? roomy : createKernel(plan);
    const places = planned.map(({ value, region }): Place => {
      const { dtype, shape } = value;
      const data = region ? kernel.float32(region) : arrayOf(value);
      return { value, region, binding: { name: portOf(value), dtype, shape, data } };
    });
    const port = (value: Value): Port => ({ name: portOf(value), value });
    const known = given ? [...given.places.keys()].map(port) : [];
    const program = schedule(cut(graph, known, values.map(port)));
    const session = await Session.create(program, threads);
    const read = new Set(program.inputs.map(({ name }) => name));
    const held = given ? [...given.places.values()].map(({ binding }) => binding) : [];
    const extra = held.filter(({ name }) => read.has(name));
    return new TapValues(session, kernel, results, places, extra, plan.bytes);
  }

  /** Computes all values from these feeds. */
  async run(feeds: readonly TensorBinding[]): Promise<void> {
    const fetches = [...this.places.values()].map(({ binding }) => binding);
    await this.session.bind([...feeds, ...this.given], fetches)();
  }

  /** The elements of a value in the last run: a view. */
  data(value: Value): TapArray {
    return asTapArray(this.places.get(value)!.binding.data);
  }

  /** Statistics of a value in the last run. */
  statistics(value: Value): TensorStatistics {
    const { region, binding } = this.places.get(value)!;
    if (region === undefined || region.length === 0) {
      return tensorStatistics(asTapArray(binding.data));
    }
    return regionStatistics(this.kernel, region, this.results);
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** As `tensorStatistics`, in one pass of the kernel where all elements are finite. `results` has room for 6 float64. */
export function regionStatistics(
  kernel: Kernel,
  region: Region,
  results: Region,
): TensorStatistics {
  const data = kernel.float32(region);
  // Moments about an element lose nothing where the mean is much larger than the spread.
  const shift = data[0]!;
  const wrong = kernel.run.moments(region.address, region.length, shift, results.address);
  if (wrong !== 0) return tensorStatistics(data);
  return ofMoments(region.length, shift, Array.from(kernel.float64(results)) as Sextuple);
}

/** Statistics of `after` − `before` in one pass, as `tensorStatistics` of their difference where all of it is finite. */
export function differenceStatistics(after: Float32Array, before: Float32Array): TensorStatistics {
  const count = after.length;
  const shift = count === 0 ? NaN : Math.fround(after[0]! - before[0]!);
  let [s1, s2, s3, s4, min, max] = [0, 0, 0, 0, Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    const x = Math.fround(after[i]! - before[i]!);
    const d = x - shift;
    const square = d * d;
    s1 += d;
    s2 += square;
    s3 += square * d;
    s4 += square * square;
    if (x < min) min = x;
    if (x > max) max = x;
  }
  if (Number.isFinite(s4)) return ofMoments(count, shift, [s1, s2, s3, s4, min, max]);
  return tensorStatistics(after.map((x, i) => x - before[i]!));
}

/** From sums of the powers of x − shift, and the extremes. */
function ofMoments(
  count: number,
  shift: number,
  [s1, s2, s3, s4, min, max]: Sextuple,
): TensorStatistics {
  const m1 = s1 / count;
  const m2 = s2 / count;
  const variance = Math.max(0, m2 - m1 * m1);
  const fourth = s4 / count - (4 * m1 * s3) / count + 6 * m1 * m1 * m2 - 3 * m1 ** 4;
  // A constant tensor leaves a rounding error at most.
  const isConstant = min === max;
  return {
    count,
    mean: shift + m1,
    var: isConstant ? 0 : variance,
    min,
    max,
    kurtosis: isConstant ? NaN : fourth / variance ** 2,
    nonFinite: 0,
  };
}

type Sextuple = [number, number, number, number, number, number];

/** A name of its own for each value, however many taps it has. */
function portOf(value: Value): string {
  return `value:${value.id}`;
}

function arrayOf({ dtype, shape }: Value): TensorArray {
  const size = sizeOf(shape);
  if (dtype === 'int32') return new Int32Array(size);
  if (dtype === 'int64') return new BigInt64Array(size);
  if (dtype === 'uint8' || dtype === 'bool') return new Uint8Array(size);
  throw new Error(`taps of ${dtype} are not known`);
}

export function asTapArray(data: TensorData): TapArray {
  if (data instanceof Float32Array || data instanceof Int32Array) return data;
  if (data instanceof Float64Array) return Float32Array.from(data);
  return Int32Array.from(data as Iterable<number | bigint>, Number);
}

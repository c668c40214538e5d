import { readFileSync } from 'node:fs';
import path from 'node:path';
import { NormscopeError } from '../../base/errors.ts';
import { alignment, type MemoryPlan, type Region } from './memory.ts';

/** What dist/kernel.wasm exports; see index.as.ts for the meaning of each. Addresses are bytes, counts float32 elements. */
interface KernelExports {
  readonly sumOfSquares: (from: number, count: number) => number;
  readonly sumOfMagnitudes: (from: number, count: number) => number;
  readonly moments: (from: number, count: number, shift: number, into: number) => number;
  readonly updateMoments: (from: number, updated: number, count: number, into: number) => void;
  readonly hash: (from: number, count: number, seed: bigint) => bigint;
  readonly beginGathering: (seed: bigint) => void;
  readonly gatheredSquares: () => number;
  readonly gatheredHash: (count: number) => bigint;
  readonly scaleInto: (into: number, from: number, count: number, scale: number) => void;
  readonly addScaled: (into: number, from: number, count: number, scale: number) => void;
  readonly sgd: (
    from: number,
    into: number,
    gradient: number,
    count: number,
    scale: number,
    lr: number,
    decay: number,
  ) => number;
  readonly sgdMomentum: (
    from: number,
    into: number,
    gradient: number,
    bufferFrom: number,
    bufferInto: number,
    count: number,
    scale: number,
    lr: number,
    decay: number,
    momentum: number,
    damped: number,
    nesterov: number,
    first: number,
  ) => number;
  readonly adam: (
    from: number,
    into: number,
    gradient: number,
    firstFrom: number,
    firstInto: number,
    secondFrom: number,
    secondInto: number,
    count: number,
    scale: number,
    decay: number,
    shrink: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    stepSize: number,
    correction: number,
    eps: number,
  ) => number;
  readonly randomWords: (
    into: number,
    count: number,
    block: number,
    substream: number,
    stream: number,
    key0: number,
    key1: number,
  ) => void;
  readonly randomNormals: (
    into: number,
    count: number,
    mean: number,
    std: number,
    block: number,
    substream: number,
    stream: number,
    key0: number,
    key1: number,
  ) => void;
  readonly dropoutMask: (
    into: number,
    count: number,
    threshold: number,
    kept: number,
    substream: number,
    stream: number,
    key0: number,
    key1: number,
  ) => void;
}

/** The kernel on one memory: functions of index.as.ts, and views of the regions that were planned. */
export interface Kernel {
  readonly run: KernelExports;
  float32(region: Region): Float32Array;
  uint32(region: Region): Uint32Array;
  /** Half as many float64. */
  float64(region: Region): Float64Array;
  /** All bytes of the memory, for copies. */
  readonly bytes: Uint8Array;
}

/** Beside the bundled program, or in dist/ when run from source. */
const places = ['kernel.wasm', '../../../dist/kernel.wasm'];

let compiled: WebAssembly.Module | undefined;

function moduleOf(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readKernel());
  return compiled;
}

function readKernel(): Uint8Array {
  for (const place of places) {
    try {
      return readFileSync(path.join(import.meta.dirname, place));
    } catch {
      // The next place is tried; when all fail the error below says what to do.
    }
  }
  throw new NormscopeError(
    'internal',
    'kernel-missing',
    'kernel.wasm is not beside the engine; build it with `npm run build:kernel`',
  );
}

/** Makes the planned memory and the kernel on it. */
export function createKernel(plan: MemoryPlan): Kernel {
  const memory = plan.allocate();
  const instance = new WebAssembly.Instance(moduleOf(), {
    env: { memory, abort: failedAssertion },
  });
  const { buffer } = memory;
  return {
    run: instance.exports as KernelExports,
    float32: ({ address, length }) => new Float32Array(buffer, address, length),
    uint32: ({ address, length }) => new Uint32Array(buffer, address, length),
    float64: ({ address, length }) => new Float64Array(buffer, address, length / 2),
    bytes: new Uint8Array(buffer),
  };
}

/** AssemblyScript's import of last resort; the kernel holds no code that would call it. */
function failedAssertion(): never {
  throw new NormscopeError('internal', 'kernel-failed', 'the kernel stopped on an assertion');
}

/** Bytes of a region with its padding. */
export function paddedBytes(region: Region): number {
  return Math.ceil((region.length * 4) / alignment) * alignment;
}

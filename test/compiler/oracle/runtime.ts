import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Graph } from '../../../src/compiler/graph/types.ts';
import { encodeModel } from '../../../src/compiler/onnx/encode.ts';
import type { Feeds } from './interpreter.ts';
import { oracleTensor, type OracleTensor } from './tensor.ts';

/** Runs a graph once in the real runtime, on one thread and without its graph optimizations. */
export async function runInRuntime(
  graph: Graph,
  feeds: Feeds,
): Promise<Readonly<Record<string, OracleTensor>>> {
  const session = await openSession(graph);
  try {
    const fetched = await session.run(
      Object.fromEntries(graph.inputs.map(({ name }) => [name, toRuntime(feeds[name]!)])),
    );
    return Object.fromEntries(graph.outputs.map(({ name }) => [name, fromRuntime(fetched[name]!)]));
  } finally {
    await session.release();
  }
}

/** A session for many runs; the caller releases it. */
export function openSession(graph: Graph): Promise<InferenceSession> {
  return InferenceSession.create(encodeModel(graph), {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 3,
  });
}

export function toRuntime({ dtype, shape, data }: OracleTensor): Tensor {
  switch (dtype) {
    case 'int64':
      return new Tensor('int64', BigInt64Array.from(data, BigInt), shape);
    case 'int32':
      return new Tensor('int32', Int32Array.from(data), shape);
    case 'float64':
      return new Tensor('float64', Float64Array.from(data), shape);
    case 'float32':
      return new Tensor('float32', Float32Array.from(data), shape);
    case 'bool':
    case 'uint8':
      return new Tensor(dtype, Uint8Array.from(data), shape);
  }
}

export function fromRuntime({ type, dims, data }: Tensor): OracleTensor {
  switch (type) {
    case 'float32':
    case 'float64':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'bool':
      return oracleTensor(type, dims, Array.from(data as Iterable<number | bigint>, Number));
    default:
      throw new Error(`the tests read no tensors of ${type}`);
  }
}

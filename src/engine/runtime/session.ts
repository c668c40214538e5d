import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';
import type { DType, Graph, Shape } from '../../compiler/graph/types.ts';
import { encodeModel } from '../../compiler/onnx/encode.ts';
import { defaultLimits } from '../../compiler/onnx/gate.ts';
import { blockSize } from './blockSize.ts';
import { loadRuntime, type Runtime } from './load.ts';

export type TensorArray = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** A tensor that a session reads from, or writes to, an array of ours without a copy. */
export interface TensorBinding {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TensorArray;
}

/** A program in the runtime. Runs are synchronous native code: nothing else happens in this process meanwhile. */
export class Session {
  private readonly runtime: typeof Runtime;
  private readonly session: Runtime.InferenceSession;

  private constructor(runtime: typeof Runtime, session: Runtime.InferenceSession) {
    this.runtime = runtime;
    this.session = session;
  }

  /**
   * Writes the graph as ONNX and hands it to the runtime, on `threads` threads. Throws what `encodeModel` throws, and
   * `runtime-missing`, `runtime-refused`.
   */
  static async create(graph: Graph, threads: number): Promise<Session> {
    const runtime = await loadRuntime();
    const model = encodeModel(writtenLastFirst(graph), defaultLimits, await blockSize(runtime));
    try {
      const session = await runtime.InferenceSession.create(model, sessionOptions(threads));
      return new Session(runtime, session);
    } catch (error) {
      throw runtimeError('runtime-refused', `the runtime refused the ${graph.name} program`, error);
    }
  }

  /**
   * Ties arrays to the program's inputs and outputs. The returned function runs it once: it reads the feeds and writes the
   * fetches in place. Throws `runtime-failed`, `out-of-memory`.
   */
  bind(feeds: readonly TensorBinding[], fetches: readonly TensorBinding[]): () => Promise<void> {
    const inputs = this.tensors(feeds);
    const outputs = this.tensors(fetches);
    return async () => {
      await this.run(inputs, outputs);
    };
  }

  /** Runs once and returns the named outputs in arrays of their own. */
  async fetch(
    feeds: readonly TensorBinding[],
    names: readonly string[],
  ): Promise<ReadonlyMap<string, TensorArray>> {
    const results = await this.run(this.tensors(feeds), names);
    return new Map(names.map((name) => [name, results[name]?.data as TensorArray]));
  }

  /** Frees the program's memory. */
  async release(): Promise<void> {
    await this.session.release();
  }

  private async run(
    inputs: Runtime.InferenceSession.FeedsType,
    outputs: Runtime.InferenceSession.FetchesType,
  ): Promise<Runtime.InferenceSession.ReturnType> {
    try {
      return await this.session.run(inputs, outputs);
    } catch (error) {
      throw runtimeError('runtime-failed', 'the runtime failed in the middle of a program', error);
    }
  }

  private tensors(bindings: readonly TensorBinding[]): Record<string, Runtime.Tensor> {
    const { Tensor } = this.runtime;
    return Object.fromEntries(
      bindings.map(({ name, dtype, shape, data }) => [name, new Tensor(dtype, data, shape)]),
    );
  }
}

/**
 * The graph as the runtime must read it to run its nodes in their order: it works depth first from the nodes that nothing reads,
 * the last written one first, and does not mind that a node is written before what it needs.
 */
export function writtenLastFirst(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.toReversed() };
}

/** Measured to be fastest and smallest: see the notes on each. */
function sessionOptions(threads: number): Runtime.InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    // The graphs are written as they shall run. The runtime's optimizer makes them no faster, takes twice the time to load
    // them, and does not survive every graph whose inner values are fetched.
    graphOptimizationLevel: 'disabled',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    // Costs a third of the memory and saves no time.
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: {
      session: {
        // Threads spin this long for work before they sleep: long enough within a step, short enough to spare other programs.
        intra_op: { spin_duration_us: '100' },
      },
    },
  };
}

function runtimeError(code: string, what: string, cause: unknown): NormscopeError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/bad.?alloc|failed to allocate|out of memory/i.test(message)) {
    return new NormscopeError(
      'input',
      'out-of-memory',
      l10n.t(
        'There is not enough memory for this model: use a smaller batch, context or width. ({0})',
        message,
      ),
      { cause },
    );
  }
  return new NormscopeError('internal', code, `${what}: ${message}`, { cause });
}

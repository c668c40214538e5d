import { bytesOf } from '../../compiler/onnx/memory.ts';
import type { ForwardModel } from '../../compiler/graph/model.ts';
import type { Graph, Node, Origin, Port, Shape, Value } from '../../compiler/graph/types.ts';
import { compileRecording } from '../../compiler/passes/programs.ts';
import { prune } from '../../compiler/passes/prune.ts';
import { Session, type TensorArray, type TensorBinding } from '../runtime/session.ts';

/** The value of one tap in one pass. */
export interface TapRecord {
  /** Path of the layer, and the tap's name there. */
  readonly path: string;
  readonly name: string;
  /** Place of the tap in the program's own list: in the order of the model file, gradients last. */
  readonly index: number;
  readonly shape: Shape;
  readonly data: TensorArray;
  /** Where the value comes from: the layer that computed it, which for an input is the one before. Undefined for what is fed. */
  readonly origin: Origin | undefined;
  /** The op that computed it. */
  readonly op: string | undefined;
  /** Position of the computing node in the order of execution; −1 for what is fed. */
  readonly position: number;
}

export interface RecordingOptions {
  /** Forward pass of the batch; its builder is appended to. */
  readonly forward: ForwardModel;
  readonly threads: number;
  /** Batch, masks and parameters of the pass, by the training program's names. */
  readonly feeds: readonly TensorBinding[];
  /** Which taps to record, by `<path>.<tap>`; all by default. */
  readonly wanted?: (tap: string) => boolean;
  /** Records the loss, too, as `loss.out`. */
  readonly withLoss?: boolean;
}

/** The loss among taps: an output of the program of its own. */
const lossTap = { path: 'loss', name: 'out', output: 'loss' };

/** Values fetched by one program; a pass with more is run in several programs, so that memory stays bounded. */
const groupBytes = 512 * 2 ** 20;

interface PlannedTap extends Omit<TapRecord, 'data' | 'shape'> {
  readonly port: Port;
}

/**
 * Runs forward and backward passes that fetch the taps, and yields them in the order in which they are computed. The arrays are
 * the caller's own. Stop iterating and nothing more is computed.
 */
export async function* recordTaps(options: RecordingOptions): AsyncGenerator<TapRecord> {
  const { forward, threads, feeds, wanted, withLoss = false } = options;
  const program = compileRecording(forward);
  const listed = withLoss ? [...program.taps, lossTap] : program.taps;
  const taps = planTaps(program.graph, listed).filter(
    ({ path, name }) => wanted?.(`${path}.${name}`) ?? true,
  );
  for (const group of groupsOf(taps)) {
    const graph = prune({ ...program.graph, outputs: group.map(({ port }) => port) });
    const session = await Session.create(graph, threads);
    let values: ReadonlyMap<string, TensorArray>;
    try {
      const names = group.map(({ port }) => port.name);
      values = await session.fetch(feeds, names);
    } finally {
      await session.release();
    }
    for (const { port, ...tap } of group) {
      yield { ...tap, shape: port.value.shape, data: values.get(port.name)! };
    }
  }
}

function planTaps(
  graph: Graph,
  taps: readonly { readonly path: string; readonly name: string; readonly output: string }[],
): readonly PlannedTap[] {
  const places = new Map<Value, Pick<Node, 'op' | 'origin'> & { readonly position: number }>();
  graph.nodes.forEach(({ op, outputs, origin }, position) => {
    for (const value of outputs) places.set(value, { op, position, origin });
  });
  const ports = new Map(graph.outputs.map((port) => [port.name, port]));
  return taps
    .map(({ path, name, output }, index): PlannedTap => {
      const port = ports.get(output)!;
      const place = places.get(port.value);
      const position = place?.position ?? -1;
      return { path, name, index, port, origin: place?.origin, op: place?.op, position };
    })
    .sort((a, b) => a.position - b.position || a.index - b.index);
}

function groupsOf(taps: readonly PlannedTap[]): readonly (readonly PlannedTap[])[] {
  const groups: PlannedTap[][] = [];
  let bytes = Infinity;
  for (const tap of taps) {
    const size = bytesOf(tap.port.value);
    if (bytes + size > groupBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups[groups.length - 1]!.push(tap);
    bytes += size;
  }
  return groups;
}

import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';
import { formatShape, sizeOf, type Graph, type Node, type TensorType } from '../graph/types.ts';
import { flopsOf } from '../ops/cost.ts';
import { opDefinition } from '../ops/registry.ts';
import { constantBytes, runBytes } from './memory.ts';

/** What a graph may cost before it is refused. */
export interface GraphLimits {
  /** Estimated bytes of one run. */
  readonly bytes: number;
  /** Estimated floating-point operations of one run. */
  readonly flops: number;
}

/** 32 GiB, and 10^15 operations: hours on one core. */
export const defaultLimits: GraphLimits = { bytes: 32 * 2 ** 30, flops: 1e15 };

/** A model is one protobuf message, which cannot be larger; 16 MiB are left for its structure. */
const largestModel = 2 ** 31 - 16 * 2 ** 20;

const choices: Readonly<Record<string, readonly string[]>> = {
  approximate: ['none', 'tanh'],
  reduction: ['none', 'add'],
};

/**
 * Refuses what the native runtime would answer with a crash, a hang or a wrong result instead of an error. Shapes and types
 * are the verifier's business; this looks at ranges, at forms of ours that the runtime reads differently, and at cost.
 *
 * Throws `bad-graph` (a bug of ours, naming node and layer), `graph-too-large`, `graph-too-slow` (the user's model,
 * naming the cap).
 */
export function checkEmittable(graph: Graph, limits: GraphLimits = defaultLimits): void {
  for (const { name, value } of graph.inputs) checkType(value, `input ${name}`);
  for (const { value, data } of graph.constants) {
    checkType(value, `constant v${value.id}`);
    if (data.length !== sizeOf(value.shape)) {
      throw bad(
        `constant v${value.id} has ${data.length} elements for ${formatShape(value.shape)}`,
      );
    }
  }
  for (const node of graph.nodes) checkNode(node);
  checkPorts(graph);
  checkCost(graph, limits);
}

function bad(message: string): NormscopeError {
  return new NormscopeError('internal', 'bad-graph', message);
}

/** `Mul of blocks.0.norm (line 12)`: a node as messages name it. */
export function describeNode(node: Node): string {
  const { path, line } = node.origin;
  return path === '' ? node.op : `${node.op} of ${path} (line ${line})`;
}

function checkType(type: TensorType, what: string): void {
  if (!type.shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw bad(`${what} has shape ${formatShape(type.shape)}: every axis must be at least 1`);
  }
}

function checkNode(node: Node): void {
  const what = describeNode(node);
  const { attributes, operands } = opDefinition(node.op).onnx;
  for (const output of node.outputs) checkType(output, `an output of ${what}`);
  for (const [name, value] of Object.entries(node.attributes)) {
    if (!(name in attributes) && !operands.includes(name)) {
      throw bad(`${what} has an attribute '${name}' that ONNX does not know`);
    }
    const allowed = choices[name];
    if (allowed && !(typeof value === 'string' && allowed.includes(value))) {
      throw bad(`${what}: ${name} must be ${allowed.join(' or ')}`);
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw bad(`${what}: ${name} is not a finite number`);
    }
  }
  const missing = operands.find((name) => typeof node.attributes[name] !== 'object');
  if (missing !== undefined) throw bad(`${what} lacks '${missing}'`);
  checkAxes(node, what);
}

/** The runtime reads memory outside of the tensor for some axes out of range, and takes no axes for all axes. */
function checkAxes(node: Node, what: string): void {
  const rank = node.inputs[0]?.shape.length ?? 0;
  const inRange = (axis: unknown): boolean =>
    typeof axis === 'number' && Number.isInteger(axis) && axis >= -rank && axis < rank;
  const { axis, axes } = node.attributes;
  if (axis !== undefined && !inRange(axis)) {
    throw bad(`${what}: axis ${String(axis)} is outside a tensor of ${rank} axes`);
  }
  if (axes === undefined) return;
  const list = typeof axes === 'object' ? axes : [];
  const distinct = new Set(list.map((each) => (each < 0 ? each + rank : each)));
  if (list.length === 0 || !list.every(inRange) || distinct.size !== list.length) {
    throw bad(`${what}: axes [${list.join(', ')}] must be distinct axes of a tensor of ${rank}`);
  }
}

function checkPorts(graph: Graph): void {
  const names = [...graph.inputs, ...graph.outputs].map((port) => port.name);
  const taken = new Set<string>();
  for (const name of names) {
    if (taken.has(name)) throw bad(`two ports of ${graph.name} are named '${name}'`);
    if (!/^[^#]/.test(name) || /^v\d+$/.test(name)) {
      throw bad(`a port of ${graph.name} is named '${name}': such names are for inner values`);
    }
    taken.add(name);
  }
  if (graph.outputs.length === 0) throw bad(`${graph.name} has no output`);
}

function checkCost(graph: Graph, limits: GraphLimits): void {
  const bytes = runBytes(graph);
  if (bytes > limits.bytes) {
    throw tooLarge(
      l10n.t(
        'one step needs about {0}, more than the cap of {1}: make the model, the batch or the context smaller',
        gibibytes(bytes),
        gibibytes(limits.bytes),
      ),
    );
  }
  const constants = constantBytes(graph);
  if (constants > largestModel) {
    throw tooLarge(
      l10n.t(
        'one step holds {0} of constants, more than the cap of {1}: make the model, the batch or the context smaller',
        gibibytes(constants),
        gibibytes(largestModel),
      ),
    );
  }
  const flops = graph.nodes.reduce((sum, node) => sum + flopsOf(node), 0);
  if (flops > limits.flops) {
    throw new NormscopeError(
      'input',
      'graph-too-slow',
      l10n.t(
        'one step takes about {0} floating-point operations, more than the cap of {1}: make the model or the batch smaller',
        flops.toExponential(1),
        limits.flops.toExponential(1),
      ),
    );
  }
}

function tooLarge(message: string): NormscopeError {
  return new NormscopeError('input', 'graph-too-large', message);
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

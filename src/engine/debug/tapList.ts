import type { ForwardModel } from '../../compiler/graph/model.ts';
import type { DType, Graph, Shape, TensorData, Value } from '../../compiler/graph/types.ts';
import { compileRecording } from '../../compiler/passes/programs.ts';
import { ownerOf } from '../../base/paths.ts';
import type { Trainer } from '../train/trainer.ts';
import { lossPath } from './timeline.ts';

/** Where the elements of a tap come from. */
export type TapSource =
  /** A value of the recording program. */
  | { readonly kind: 'value'; readonly value: Value }
  /** What the program is fed with under this name: a parameter, or a tensor of the batch. */
  | { readonly kind: 'feed'; readonly name: string }
  /** The step's gradient of a parameter, by its number. */
  | { readonly kind: 'gradient'; readonly parameter: number }
  /** What the step's update adds to a parameter. */
  | { readonly kind: 'update'; readonly parameter: number }
  /** What the optimizer keeps of a parameter, before the step. */
  | { readonly kind: 'state'; readonly slot: number; readonly parameter: number }
  | { readonly kind: 'constant'; readonly data: TensorData };

/** A tap as it is known without running anything. */
export interface TapSpec {
  /** `<path>.<tap>` */
  readonly name: string;
  readonly path: string;
  readonly tap: string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly source: TapSource;
}

/** Forward and backward pass of which any value can be fetched. */
export interface TapList {
  readonly graph: Graph;
  /** By name, in the order of the model file, gradients and updates last. */
  readonly taps: ReadonlyMap<string, TapSpec>;
  /** Every value of the graph as `operandName` calls it. */
  readonly operands: ReadonlyMap<string, TapSpec>;
  /** Types of all layers by path, containers among them, in the order of the model file. */
  readonly layers: ReadonlyMap<string, string>;
}

/** Everything of a training step with this forward pass that can be looked at. Appends to the model's builder. */
export function listTaps(trainer: Trainer, forward: ForwardModel): TapList {
  const program = compileRecording(forward);
  const layers = new Map(forward.layers.map(({ path, type }) => [path, type]));
  const feeds = new Map(program.graph.inputs.map(({ name, value }) => [value, name]));
  const ports = new Map(program.graph.outputs.map(({ name, value }) => [name, value]));
  const numbers = new Map(trainer.parameters.map(({ path }, index) => [path, index]));
  const taps = new Map<string, TapSpec>();
  const add = (path: string, tap: string, value: Value, source: TapSource): void => {
    const { shape, dtype } = value;
    taps.set(`${path}.${tap}`, { name: `${path}.${tap}`, path, tap, shape, dtype, source });
  };
  const sourceOf = (value: Value): TapSource => {
    const name = feeds.get(value);
    return name === undefined ? { kind: 'value', value } : { kind: 'feed', name };
  };
  for (const { path, name, output } of program.taps) {
    const value = ports.get(output)!;
    const [, parameter] = /^grad:param:(.*)$/.exec(name) ?? [];
    // The step's gradient of a parameter is the mean over its batches.
    const number = numbers.get(`${path}.${parameter ?? ''}`);
    const isOfStep = parameter !== undefined && number !== undefined;
    add(path, name, value, isOfStep ? { kind: 'gradient', parameter: number } : sourceOf(value));
  }
  add(lossPath, 'in', forward.output, sourceOf(forward.output));
  add(lossPath, 'out', forward.loss, sourceOf(forward.loss));
  const target = forward.batch.find(({ role }) => role === 'target');
  if (target) add(lossPath, 'targets', target.value, { kind: 'feed', name: target.name });
  forward.parameters.forEach(({ path, value }, parameter) => {
    const layer = ownerOf(path, layers);
    if (layer === undefined) return;
    const name = path.slice(layer.length + 1);
    add(layer, `update:${name}`, value, { kind: 'update', parameter });
    trainer.state.plan.slots.forEach((state, slot) => {
      add(layer, `optimizer:${state}:${name}`, value, { kind: 'state', slot, parameter });
    });
  });
  return { graph: program.graph, taps, layers, operands: operandsOf(program.graph) };
}

/** The name of any value of the program, whether it is a tap or not. */
export function operandName(value: Value): string {
  return `%${value.id}`;
}

function operandsOf({ inputs, constants, nodes }: Graph): ReadonlyMap<string, TapSpec> {
  const found = new Map<string, TapSpec>();
  const add = (value: Value, path: string, source: TapSource): void => {
    const name = operandName(value);
    found.set(name, { name, path, tap: name, shape: value.shape, dtype: value.dtype, source });
  };
  for (const { name, value } of inputs) add(value, '', { kind: 'feed', name });
  for (const { value, data } of constants) add(value, '', { kind: 'constant', data });
  for (const { outputs, origin } of nodes) {
    for (const value of outputs) add(value, origin.path, { kind: 'value', value });
  }
  return found;
}

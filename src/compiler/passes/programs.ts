import type { Buffer, DropoutMask, ForwardModel, Initializer } from '../graph/model.ts';
import {
  sizeOf,
  type DType,
  type Graph,
  type Port,
  type Shape,
  type Value,
} from '../graph/types.ts';
import { differentiate, type Gradients } from './differentiate.ts';
import { foldPictures } from './foldPictures.ts';
import { normGradients } from './normGradients.ts';
import { appendNormRows, type NormLayout } from './normRows.ts';
import { prune } from './prune.ts';
import { recordedTaps } from './recordedTaps.ts';
import { schedule } from './schedule.ts';
import { shareGelu } from './shareGelu.ts';
import { appendStreamMoments, type StreamLayout } from './streamMoments.ts';

/** A tensor that a program is fed with at every run. */
export interface FeedSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface BatchSpec extends FeedSpec {
  readonly role: 'input' | 'target' | 'paddingMask';
}

export interface MaskSpec extends FeedSpec {
  readonly path: string;
  readonly probability: number;
}

/** A trained tensor: fed under its path, its gradient fetched as `grad:<path>`. */
export interface ParameterSpec {
  readonly path: string;
  readonly shape: Shape;
  readonly initializer: Initializer;
}

/** State that is not trained: fed under its path. `batch` says what of the output `batchStatistics` moves it. */
export interface BufferSpec {
  readonly path: string;
  readonly shape: Shape;
  readonly initial: number;
  /** Absent for a count of batches. */
  readonly average?: {
    readonly offset: number;
    readonly factor: number;
    readonly momentum: number | undefined;
  };
}

/** A graph and what it is fed with. */
export interface Program {
  readonly graph: Graph;
  readonly batch: readonly BatchSpec[];
  readonly masks: readonly MaskSpec[];
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly BufferSpec[];
}

/**
 * One training step without the update: outputs `loss`, `grad:<parameter path>` for each parameter, and `rows`, the
 * statistics of all norms laid out as `norms` says (absent when the model has no norm), and `batchStatistics`, what the buffers
 * take of the batch (absent when there is none).
 */
export interface TrainingProgram extends Program {
  readonly norms: readonly NormLayout[];
}

/** Forward only: outputs `loss` and `output` (the network's output before the loss). */
export type EvaluationProgram = Program;

/** Forward only: the output `stream`, the moments of what each residual adds, laid out as `residuals` says. */
export interface StreamProgram extends Program {
  readonly residuals: readonly StreamLayout[];
}

/** One forward and backward pass whose outputs are `loss` and every tap, named `tap:<layer path>.<tap name>`. */
export interface RecordingProgram extends Program {
  readonly taps: readonly {
    readonly path: string;
    readonly name: string;
    readonly output: string;
  }[];
}

/** Appends the backward pass and the norm statistics to the model's graph. `withOutput` adds the network's output as `output`. */
export function compileTraining(model: ForwardModel, withOutput = false): TrainingProgram {
  const g = model.builder;
  const gradients = backward(model);
  const statistics = appendNormRows(g, model.norms);
  const averaged = model.buffers.flatMap(({ update }) =>
    update?.kind === 'average' ? [update.batch] : [],
  );
  // In the order in which they shall be made: statistics while their norm is at hand, gradients from the last layer back.
  const outputs: Port[] = [];
  if (statistics.rows) outputs.push({ name: 'rows', value: statistics.rows });
  outputs.push({ name: 'loss', value: model.loss });
  if (withOutput) outputs.push({ name: 'output', value: model.output });
  if (averaged.length > 0) {
    outputs.push({ name: 'batchStatistics', value: g.op('Concat', averaged, { axis: 0 }) });
  }
  outputs.push(...parameterGradients(model, gradients).toReversed());
  return {
    ...interfaceOf(model),
    graph: schedule(foldPictures(shareGelu(prune(g.build('train', outputs))))),
    norms: statistics.layout,
  };
}

/** The forward pass alone; the model must have been lowered for evaluation (no dropout). */
export function compileEvaluation(model: ForwardModel): EvaluationProgram {
  const outputs = [
    { name: 'loss', value: model.loss },
    { name: 'output', value: model.output },
  ];
  return {
    ...interfaceOf(model),
    graph: foldPictures(prune(model.builder.build('evaluate', outputs))),
  };
}

/** The forward pass of training as far as the residual stream goes; undefined for a model without residuals that have a skip. */
export function compileStream(model: ForwardModel): StreamProgram | undefined {
  const g = model.builder;
  const { moments, layout } = appendStreamMoments(g, model.residuals);
  if (!moments) return undefined;
  const graph = g.build('stream', [{ name: 'stream', value: moments }]);
  return { ...interfaceOf(model), graph: foldPictures(prune(graph)), residuals: layout };
}

/** Forward and backward with every tap fetched: what `probe` and the debugger's records are made of. */
export function compileRecording(model: ForwardModel): RecordingProgram {
  const gradients = backward(model);
  const taps = recordedTaps(model, normGradients(model, gradients));
  const outputs = [
    { name: 'loss', value: model.loss },
    ...taps.map((tap) => ({ name: tapPort(tap), value: tap.value })),
  ];
  return {
    ...interfaceOf(model),
    graph: foldPictures(prune(model.builder.build('record', outputs))),
    taps: taps.map(({ path, name }) => ({ path, name, output: tapPort({ path, name }) })),
  };
}

/** A name of its own: the tap `bias` of a norm must not be taken for its parameter `bias`, which is an input. */
function tapPort({ path, name }: { readonly path: string; readonly name: string }): string {
  return `tap:${path}.${name}`;
}

function backward(model: ForwardModel): Gradients {
  const wanted = model.parameters.map((parameter) => parameter.value);
  return differentiate(model.builder, model.loss, wanted);
}

/** A parameter that the loss does not depend on has gradient zero, as an optimizer with weight decay must see it. */
function parameterGradients(model: ForwardModel, gradients: Gradients): readonly Port[] {
  return model.parameters.map(({ path, value }) => ({
    name: `grad:${path}`,
    value: gradients.get(value) ?? model.builder.full(value.shape, 0),
  }));
}

function interfaceOf(model: ForwardModel): Omit<Program, 'graph'> {
  const spec = (name: string, value: Value): FeedSpec => ({
    name,
    dtype: value.dtype,
    shape: value.shape,
  });
  return {
    batch: model.batch.map(({ name, role, value }) => ({ ...spec(name, value), role })),
    masks: model.masks.map((mask) => ({
      ...spec(maskName(mask), mask.value),
      path: mask.path,
      probability: mask.probability,
    })),
    parameters: model.parameters.map(({ path, value, initializer }) => ({
      path,
      shape: value.shape,
      initializer,
    })),
    buffers: bufferSpecs(model.buffers),
  };
}

function bufferSpecs(buffers: readonly Buffer[]): readonly BufferSpec[] {
  let offset = 0;
  return buffers.map(({ path, value: { shape }, initial, update }) => {
    const spec = { path, shape, initial };
    if (update?.kind !== 'average') return spec;
    const { factor, momentum } = update;
    const average = { offset, factor, momentum };
    offset += sizeOf(shape);
    return { ...spec, average };
  });
}

/** The name under which a dropout mask is fed. */
export function maskName(mask: Pick<DropoutMask, 'path'>): string {
  return `mask:${mask.path}`;
}

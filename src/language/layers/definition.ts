import type { GraphBuilder } from '../../compiler/graph/builder.ts';
import type { BufferUpdate, NormSite, ResidualSite } from '../../compiler/graph/model.ts';
import type { Shape, Value } from '../../compiler/graph/types.ts';
import type { TapName } from '../../statistics/taps.ts';
import type { DiagnosticCode } from '../syntax/codes.ts';
import type { Fix } from '../syntax/diagnostic.ts';
import type { Range, SyntaxNode } from '../syntax/tree.ts';
import type { ArgumentSpecs, Reference, ValuesOf, WithPositional } from './arguments.ts';
import type { InitializerChoice } from './initializers.ts';

/** What people read about a layer in hover, completion and reference. */
export interface LayerDocumentation {
  readonly summary: string;
  readonly formula?: string;
  /** PyTorch's page or the paper. */
  readonly url?: string;
}

export type LayerCategory =
  | 'linear'
  | 'convolution'
  | 'pooling'
  | 'embedding'
  | 'norm'
  | 'activation'
  | 'attention'
  | 'shape'
  | 'combination'
  | 'regularization'
  | 'container';

/** Everything that is known of a layer type. The registry of these feeds checker, lowering, schema and reference. */
export interface LayerDefinition<A extends ArgumentSpecs = ArgumentSpecs> {
  /** PyTorch's name. */
  readonly type: string;
  readonly category: LayerCategory;
  readonly doc: LayerDocumentation;
  /** The argument that may stand without its name: `Linear: 128`. */
  readonly positional?: string;
  readonly arguments: A;
  /** Names of the trained parameters that it may have, as in PyTorch's state dict. */
  readonly parameters: readonly string[];
  /** What it takes: numbers (the default), token ids, either, or the values that its own argument `from` names. */
  readonly takes?: 'tokens' | 'anything' | 'references';
  /**
   * Builds the layers inside of a container, in the order of computation, by the name of the part they belong to. Values
   * that are wrong in the text are absent: what can be drawn is drawn.
   */
  expand?(expansion: Expansion, values: Partial<ValuesOf<A>>): Parts;
  /**
   * Appends the layer to the graph and returns its output; undefined when a layer inside of it has no known output. Throws
   * `LayerProblem`, or the compiler's `shape-mismatch`, when the layer cannot take its input.
   */
  lower(context: LayerContext, values: ValuesOf<A>): Value | undefined;
}

/** Lets `lower` see the types of its own arguments. */
export function defineLayer<const A extends ArgumentSpecs>(
  definition: LayerDefinition<A> & WithPositional<A>,
): LayerDefinition {
  return definition;
}

/** The layers inside of a container, by part, e.g. `body`. */
export type Parts = Readonly<Record<string, readonly Item[]>>;

/** What a container builds its parts with; names are relative to the container. */
export interface Expansion {
  /** The layers of a list, named directly under the container. */
  sequence(body: SyntaxNode): readonly Item[];
  /** The layers of a list, in a container of their own. */
  group(name: string, body: SyntaxNode): Item;
  /** One layer of a category, under a given name; empty after a report. */
  layer(name: string, use: SyntaxNode, category: LayerCategory): readonly Item[];
}

/** One layer of a model with everything resolved: names, repeats, defines, expressions. */
export interface Item {
  /** Stable path, e.g. `blocks.3.attention.norm`. */
  readonly path: string;
  readonly type: string;
  readonly definition: LayerDefinition;
  /** Place of the layer's type in the text. */
  readonly range: Range;
  readonly values: Readonly<Record<string, unknown>>;
  /** What stands behind the type; absent for a bare word. */
  readonly given: SyntaxNode | undefined;
  /** Where each argument that is given stands. */
  readonly places: ReadonlyMap<string, Range>;
  readonly from: Reference | undefined;
  readonly init: ReadonlyMap<string, InitializerChoice>;
  readonly share: ReadonlyMap<string, Reference>;
  readonly parts: Parts;
  /** False when arguments are wrong: then the layer cannot be lowered and its value is unknown. */
  readonly valid: boolean;
}

/** A value and where it comes from. */
export interface Signal {
  readonly value: Value;
  /** Path of the layer that made it; `input` for the model's input. */
  readonly path: string;
  readonly line: number;
}

/** What a layer may do while it is lowered. */
export interface LayerContext {
  readonly g: GraphBuilder;
  readonly item: Item;
  /** The value before it in its list, or the one that the common key `from` names. */
  readonly input: Signal;
  /** 1 where a position of the batch is padding, uint8 [batch, positions]; absent when the data has none. */
  readonly padding: Value | undefined;
  /** Whether this is a training step: dropout drops, and norms of a batch go by the batch's own statistics. */
  readonly training: boolean;
  /** A trained parameter; `initializer` is PyTorch's default. */
  parameter(name: string, shape: Shape, initializer: InitializerChoice): Value;
  /** State that is not trained, with its first value in all elements; `update` is what a training batch does to it. */
  buffer(name: string, shape: Shape, initial: number, update: BufferUpdate | undefined): Value;
  /** Makes a value that can be looked at under `name`. */
  tap(name: TapName, value: Value): void;
  /**
   * `value` with elements dropped at random in training, itself in evaluation; at most once per layer. A mask of `shape` is
   * spread over the axes where it has 1.
   */
  dropout(value: Value, probability: number, shape?: Shape): Value;
  norm(site: Omit<NormSite, 'path' | 'line' | 'type'>): void;
  residual(site: Omit<ResidualSite, 'path' | 'line'>): void;
  /** The value of a layer that was lowered before. Throws `LayerProblem`; undefined when it is unknown. */
  resolve(reference: Reference): Signal | undefined;
  /** Lowers layers one after the other; undefined when one of them has no known output. */
  run(items: readonly Item[], input: Signal): Signal | undefined;
  /** How many layers of the whole model are such; computed once per key. */
  count(key: string, isSuch: (item: Item) => boolean): number;
  /** A constant or mask that several layers use, built at its first use. */
  shared(key: string, build: () => Value): Value;
}

/** Why a layer cannot take what it is given; becomes a diagnostic at the layer, or at `range`. */
export class LayerProblem extends Error {
  readonly code: DiagnosticCode;
  readonly range: Range | undefined;
  readonly fixes: readonly Fix[];

  constructor(code: DiagnosticCode, message: string, range?: Range, fixes: readonly Fix[] = []) {
    super(message);
    this.name = 'LayerProblem';
    this.code = code;
    this.range = range;
    this.fixes = fixes;
  }
}

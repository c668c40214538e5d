import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';
import type { GraphBuilder } from '../../compiler/graph/builder.ts';
import type {
  Buffer,
  DropoutMask,
  NormSite,
  Parameter,
  ResidualSite,
  Tap,
} from '../../compiler/graph/model.ts';
import {
  formatShape,
  sameShape,
  sizeOf,
  type Shape,
  type Value,
} from '../../compiler/graph/types.ts';
import { maskName } from '../../compiler/passes/programs.ts';
import { flopsOf } from '../../compiler/ops/cost.ts';
import { mul } from '../../compiler/ops/expressions.ts';
import type { Reference } from '../layers/arguments.ts';
import { LayerProblem, type Item, type LayerContext, type Signal } from '../layers/definition.ts';
import type { InitializerChoice } from '../layers/initializers.ts';
import { unknownLayer } from '../layers/unknownLayer.ts';
import { nearestFix, withNearest } from '../syntax/nearest.ts';
import type { AssemblyPlan, ItemResult, ReportProblem } from './plan.ts';
import { candidatesOf } from './scopes.ts';

/** Elements that a tensor may have: what the runtime can index. */
const maximumElements = 2 ** 31 - 1;

interface ParameterPlace {
  readonly value: Value;
  readonly line: number;
}

/** Lowers items into one graph, and remembers what they made. */
export class ItemLowering {
  readonly masks: DropoutMask[] = [];
  readonly parameters: Parameter[] = [];
  readonly buffers: Buffer[] = [];
  readonly taps: Tap[] = [];
  readonly norms: NormSite[] = [];
  readonly residuals: ResidualSite[] = [];
  readonly results = new Map<string, ItemResult>();
  readonly links = new Map<string, readonly string[]>();
  private readonly g: GraphBuilder;
  private readonly plan: AssemblyPlan;
  private readonly padding: Value | undefined;
  private readonly report: ReportProblem;
  private readonly signals = new Map<string, Signal | undefined>();
  private readonly parameterPlaces = new Map<string, ParameterPlace>();
  private readonly sharedValues = new Map<string, Value>();
  private readonly counts = new Map<string, number>();
  private items: readonly Item[] = [];
  private pathsOfItems: ReadonlyMap<string, Item> | undefined;
  private modelInput: Signal | undefined;
  private trained = 0;
  private flops = 0;
  /** Nodes whose operations are in `flops`. */
  private counted = 0;

  constructor(
    g: GraphBuilder,
    plan: AssemblyPlan,
    padding: Value | undefined,
    report: ReportProblem,
  ) {
    this.g = g;
    this.plan = plan;
    this.padding = padding;
    this.report = report;
  }

  /** Lowers a whole model; undefined when its output is unknown. */
  runModel(items: readonly Item[], input: Signal): Signal | undefined {
    this.modelInput = input;
    this.items = items;
    this.signals.set('input', input);
    return this.run(items, input);
  }

  /** Every item by its path; made when it is first asked for, which in most models nobody does. */
  private get paths(): ReadonlyMap<string, Item> {
    if (this.pathsOfItems !== undefined) return this.pathsOfItems;
    const paths = new Map<string, Item>();
    const note = (item: Item): void => {
      paths.set(item.path, item);
      for (const part of Object.values(item.parts)) part.forEach(note);
    };
    this.items.forEach(note);
    return (this.pathsOfItems = paths);
  }

  private run(items: readonly Item[], input: Signal | undefined): Signal | undefined {
    let signal = input;
    for (const item of items) signal = this.lower(item, signal);
    return signal;
  }

  private lower(item: Item, before: Signal | undefined): Signal | undefined {
    if (item.definition === unknownLayer) {
      // That is reported already: what depends on it by name is left out silently, and the rest goes on as if without it.
      this.signals.set(item.path, undefined);
      return before;
    }
    const line = item.range.start.line;
    const value = this.g.within({ stage: 'forward', path: item.path, line }, () =>
      this.guarded(item, () => this.lowerValid(item, before)),
    );
    const signal = value && { value, path: item.path, line };
    this.signals.set(item.path, signal);
    return signal;
  }

  private guarded(item: Item, build: () => Value | undefined): Value | undefined {
    try {
      return build();
    } catch (error) {
      const { code, message, range, fixes } = problemOf(error);
      this.report('error', code, message, range ?? item.range, item.path, fixes);
      return undefined;
    }
  }

  private lowerValid(item: Item, before: Signal | undefined): Value | undefined {
    const { definition, values } = item;
    const combines = definition.takes === 'references' && values['from'] !== undefined;
    const chosen = item.from === undefined ? before : this.resolve(item, item.from);
    // A layer that names its own inputs does not look at the value before it.
    const input = combines ? this.modelInput : chosen;
    const trainedBefore = this.trained;
    const flopsBefore = this.flopsSoFar();
    if (input === undefined || (!item.valid && definition.expand === undefined)) {
      this.skip(item);
      return undefined;
    }
    if (!combines) checkType(item, input, this.plan.tokens);
    const firstNode = this.g.nodes.length;
    const used = new Set<string>();
    const value = definition.lower(this.contextOf(item, input, used), values);
    this.checkEntries(item, used);
    if (value === undefined || !item.valid) return undefined;
    if (definition.expand === undefined) this.checkSizes(firstNode);
    const parameters = this.trained - trainedBefore;
    const flops = this.flopsSoFar() - flopsBefore;
    this.results.set(item.path, { value, parameters, flops });
    if (!combines) this.taps.push({ path: item.path, name: 'in', value: input.value });
    this.taps.push({ path: item.path, name: 'out', value });
    return value;
  }

  /** `init` and `share` of a parameter that the layer could have and does not, e.g. of a bias that is switched off. */
  private checkEntries(item: Item, used: ReadonlySet<string>): void {
    if (item.init.size + item.share.size === 0) return;
    for (const [what, entries] of [
      ['init', item.init.keys()],
      ['share', item.share.keys()],
    ] as const) {
      for (const name of entries) {
        if (used.has(name)) continue;
        const message = l10n.t(
          '{0} of {1} does nothing: this {2} has no {1}',
          what,
          name,
          item.type,
        );
        this.report('warning', 'unknown-parameter', message, item.range, item.path);
      }
    }
  }

  /** Floating-point operations of all nodes so far: what an item costs is what they grow by. */
  private flopsSoFar(): number {
    const { nodes } = this.g;
    for (; this.counted < nodes.length; this.counted++) this.flops += flopsOf(nodes[this.counted]!);
    return this.flops;
  }

  private checkSizes(firstNode: number): void {
    for (let index = firstNode; index < this.g.nodes.length; index++) {
      for (const output of this.g.nodes[index]?.outputs ?? []) checkSize(output.shape);
    }
  }

  /** The values inside of an item that cannot be lowered are unknown, too. */
  private skip(item: Item): void {
    for (const part of Object.values(item.parts)) {
      for (const inner of part) {
        this.signals.set(inner.path, undefined);
        this.skip(inner);
      }
    }
  }

  private contextOf(item: Item, input: Signal, used: Set<string>): LayerContext {
    const { g, taps } = this;
    const line = item.range.start.line;
    const { path } = item;
    return {
      g,
      item,
      input,
      padding: this.padding,
      training: this.plan.training,
      parameter: (name, shape, initializer) => {
        used.add(name);
        return this.parameter(item, name, shape, initializer);
      },
      buffer: (name, shape, initial, update) => {
        const value = g.input(`${path}.${name}`, 'float32', shape);
        this.buffers.push({ path: `${path}.${name}`, value, initial, ...(update && { update }) });
        return value;
      },
      tap: (name, value) => taps.push({ path, name, value }),
      dropout: (value, probability, shape = value.shape) =>
        this.dropout(path, value, probability, shape),
      norm: (site) => this.norms.push({ path, line, type: item.type, ...site }),
      residual: (site) => this.residuals.push({ path, line, ...site }),
      resolve: (reference) => this.resolve(item, reference),
      run: (items, signal) => this.run(items, signal),
      count: (key, isSuch) => {
        const held = this.counts.get(key) ?? [...this.paths.values()].filter(isSuch).length;
        this.counts.set(key, held);
        return held;
      },
      shared: (key, build) => {
        const held = this.sharedValues.get(key) ?? build();
        this.sharedValues.set(key, held);
        return held;
      },
    };
  }

  private parameter(item: Item, name: string, shape: Shape, initializer: InitializerChoice): Value {
    checkSize(shape);
    const shared = item.share.get(name);
    if (shared) return this.sharedParameter(item, name, shape, shared);
    const path = `${item.path}.${name}`;
    const choice = item.init.get(name) ?? this.plan.init.get(item.type)?.get(name) ?? initializer;
    const resolved = choice.resolve(shape);
    if (typeof resolved === 'string') {
      throw new LayerProblem(
        'bad-initializer',
        l10n.t('{0} cannot initialize {1} of {2}: {3}', choice.type, name, item.type, resolved),
      );
    }
    const value = this.g.input(path, 'float32', shape);
    this.parameters.push({ path, value, initializer: resolved });
    this.parameterPlaces.set(path, { value, line: item.range.start.line });
    this.trained += sizeOf(shape);
    return value;
  }

  private sharedParameter(item: Item, name: string, shape: Shape, reference: Reference): Value {
    const found = candidatesOf(item.path, reference.path)
      .map((candidate) => this.parameterPlaces.get(candidate))
      .find((place) => place !== undefined);
    const { range } = reference.node;
    if (found === undefined) {
      const known = [...this.parameterPlaces.keys()];
      const unknown = l10n.t("there is no parameter '{0}' before this layer", reference.path);
      throw new LayerProblem(
        'unknown-reference',
        withNearest(unknown, reference.path, known),
        range,
        nearestFix(reference.path, known, range),
      );
    }
    if (!sameShape(found.value.shape, shape)) {
      throw new LayerProblem(
        'shared-shape',
        l10n.t(
          '{0} must be {1} here, and {2} is {3} (line {4})',
          name,
          formatShape(shape),
          reference.path,
          formatShape(found.value.shape),
          found.line,
        ),
        range,
      );
    }
    return found.value;
  }

  private dropout(path: string, value: Value, probability: number, shape: Shape): Value {
    if (!this.plan.training || probability === 0) return value;
    const mask = this.g.input(maskName({ path }), 'float32', shape);
    this.masks.push({ path, value: mask, probability });
    return mul(this.g, value, mask);
  }

  /** A path is looked up beside the layer first, then beside its containers, outward. */
  private resolve(item: Item, reference: Reference): Signal | undefined {
    const candidates = candidatesOf(item.path, reference.path);
    for (const candidate of candidates) {
      if (!this.signals.has(candidate)) continue;
      this.links.set(item.path, [...(this.links.get(item.path) ?? []), candidate]);
      return this.signals.get(candidate);
    }
    const { range } = reference.node;
    for (const candidate of candidates) {
      const later = this.paths.get(candidate);
      if (later === undefined) continue;
      const contains = item.path === candidate || item.path.startsWith(`${candidate}.`);
      throw new LayerProblem(
        'reference-too-early',
        contains
          ? l10n.t("'{0}' is this layer itself, or contains it", reference.path)
          : l10n.t(
              "'{0}' on line {1} is computed only after this layer",
              reference.path,
              later.range.start.line,
            ),
        range,
      );
    }
    const known = [...this.paths.keys()].slice(0, 2000);
    const unknown = l10n.t("there is no layer '{0}'", reference.path);
    throw new LayerProblem(
      'unknown-reference',
      withNearest(unknown, reference.path, known),
      range,
      nearestFix(reference.path, known, range),
    );
  }
}

function checkType(item: Item, input: Signal, tokens: number | undefined): void {
  const { definition, type } = item;
  const isTokens = input.value.dtype !== 'float32';
  if (definition.takes === 'anything') return;
  if (definition.takes === 'tokens' && !isTokens) {
    throw new LayerProblem(
      'needs-tokens',
      l10n.t('{0} looks up token ids, and its input (line {1}) holds numbers', type, input.line),
    );
  }
  if (definition.takes !== 'tokens' && isTokens) {
    throw new LayerProblem(
      'needs-numbers',
      l10n.t(
        '{0} computes with numbers, and its input (line {1}) holds token ids: put an Embedding first',
        type,
        input.line,
      ),
    );
  }
  const count = item.values['num_embeddings'];
  if (typeof count === 'number' && tokens !== undefined && count < tokens) {
    throw new LayerProblem(
      'bad-value',
      l10n.t('num_embeddings {0} is too small: the data has {1} token ids', count, tokens),
      item.places.get('num_embeddings'),
    );
  }
}

function checkSize(shape: Shape): void {
  const size = sizeOf(shape);
  if (size <= maximumElements) return;
  throw new LayerProblem(
    'too-large',
    l10n.t(
      'a tensor {0} would hold {1} elements; at most {2} can be handled',
      formatShape(shape),
      size,
      maximumElements,
    ),
  );
}

/** The problem of the model that an error of lowering stands for; any other error is thrown on. */
export function problemOf(error: unknown): LayerProblem {
  if (error instanceof LayerProblem) return error;
  if (error instanceof NormscopeError && error.kind === 'input') {
    return new LayerProblem('shape-mismatch', error.message);
  }
  throw error;
}

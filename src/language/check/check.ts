import * as l10n from '@vscode/l10n';
import type { LayerSummary } from '../../compiler/graph/model.ts';
import { assumedFacts, batchTensors, dataSizes, describeFacts } from '../layers/dataShapes.ts';
import type { Item } from '../layers/definition.ts';
import type { InitializerChoice } from '../layers/initializers.ts';
import { Reader } from '../layers/reader.ts';
import { layerRegistry } from '../layers/registry.ts';
import type { DataFacts, DataSettings, TrainingSettings } from '../settings.ts';
import type { Diagnostic, Report } from '../syntax/diagnostic.ts';
import { readModelText } from '../syntax/parsed.ts';
import type { ExpressionValue } from '../syntax/expressions.ts';
import { nearestFix, withNearest } from '../syntax/nearest.ts';
import { describeNode, entryOf, isEmpty, type Range, type SyntaxMap } from '../syntax/tree.ts';
import { assemble, type Assembly } from './assemble.ts';
import { Collector } from './collector.ts';
import { Expander, type Define } from './expand.ts';
import { lintModel } from './lints.ts';
import { LetNames } from './names.ts';
import { readInitializers } from './parameterEntries.ts';
import type { AssemblyPlan, ReportProblem } from './plan.ts';
import { mapUnder, readSection, type Section } from './sections.ts';
import { completeTraining, readData, readTraining } from './training.ts';

export type { Diagnostic } from '../syntax/diagnostic.ts';

export interface CheckOptions {
  /** `path=value` pairs that override values of the file, e.g. `let.depth=8`. */
  readonly overrides?: readonly string[];
  /** What was found out by reading the data; without it the vocabulary of a text is assumed. */
  readonly facts?: DataFacts;
}

/** The resolved model, as far as it can be read. */
export interface ModelTree {
  readonly name: string;
  readonly items: readonly Item[];
  /** What became of each item, by path. */
  readonly results: Assembly['results'];
  /** By path: the layers that a layer takes values from by name, rather than from the one before it. */
  readonly links: Assembly['links'];
  /** What names stand for in formulas: values of `let`, and sizes of the data. */
  readonly values: ReadonlyMap<string, ExpressionValue>;
  readonly input: { readonly line: number; readonly shape: readonly number[] } | undefined;
  readonly loss: { readonly line: number; readonly type: string } | undefined;
}

/** A model without errors: what lowering needs. */
export interface CheckedModel {
  readonly name: string;
  readonly settings: TrainingSettings;
  readonly facts: DataFacts;
  readonly plan: AssemblyPlan;
}

export interface CheckReport {
  readonly diagnostics: readonly Diagnostic[];
  /** All layers whose output is known, containers before what is in them. */
  readonly layers: readonly LayerSummary[];
  /** Trained elements of the model. */
  readonly parameters: number;
  readonly norms: readonly string[];
  readonly residuals: readonly string[];
  readonly tree: ModelTree;
  /** Only when there is no error, and every size is known. */
  readonly model?: CheckedModel;
}

const topKeys = ['model', 'let', 'define', 'init', 'layers', 'train'] as const;

/**
 * Reads and checks a model file. Never throws, whatever the text. Checking is lowering: the same code that builds the training
 * graph is run layer by layer, so that what passes can be trained.
 */
export function checkModel(text: string, options: CheckOptions = {}): CheckReport {
  const collector = new Collector();
  const report = collector.errorsOf('');
  const root = readModelText(text, options.overrides ?? [], report);
  if (root) return new ModelCheck(root, collector, options.facts).run();
  const diagnostics = collector.inOrder();
  return { diagnostics, layers: [], parameters: 0, norms: [], residuals: [], tree: emptyTree };
}

/** The tree of a text that cannot be read. */
export const emptyTree: ModelTree = {
  name: 'model',
  items: [],
  results: new Map(),
  links: new Map(),
  values: new Map(),
  input: undefined,
  loss: undefined,
};

/** What the data of a model file is, without a look at the rest of it; undefined when that part is wrong. */
export function dataSettingsOf(
  text: string,
  overrides: readonly string[] = [],
): DataSettings | undefined {
  const silent: Report = () => undefined;
  const root = readModelText(text, overrides, silent);
  const train = root && entryOf(root, 'train')?.value;
  if (root === undefined || train?.kind !== 'map') return undefined;
  const names = new LetNames(entryOf(root, 'let')?.value, silent);
  return readData(entryOf(train, 'data'), train.range, new Reader(names, silent));
}

class ModelCheck {
  private readonly collector: Collector;
  private readonly report: Report;
  private readonly facts: DataFacts | undefined;
  private readonly sections: Section<(typeof topKeys)[number]>;
  private readonly names: LetNames;
  private readonly top: Range;

  constructor(root: SyntaxMap, collector: Collector, facts: DataFacts | undefined) {
    this.collector = collector;
    this.report = collector.errorsOf('');
    this.facts = facts;
    this.sections = readSection(root, topKeys, l10n.t('a model file'), this.report);
    this.names = new LetNames(this.sections.get('let')?.value, this.report);
    this.top = { start: root.range.start, end: root.range.start };
  }

  run(): CheckReport {
    const name = this.name();
    const trainEntry = this.sections.get('train');
    const trainRange = trainEntry?.keyRange ?? this.top;
    const train = mapUnder(trainEntry, this.report);
    const place = (key: string): Range => (train && entryOf(train, key)?.keyRange) ?? trainRange;
    const reader = new Reader(this.names, this.report);
    const data = readData(train && entryOf(train, 'data'), trainRange, reader);
    const facts = data ? this.factsOf(data, place('data')) : {};
    const sizes = data ? dataSizes(data, facts) : {};
    this.names.setSizes(sizes);
    this.names.checkAll(this.report);
    const parts = readTraining(train, trainRange, reader);
    const defines = this.readDefines();
    const expander = new Expander(defines, this.names, this.collector);
    const items = this.expand(expander);
    const settings = completeTraining(data, parts, facts.samples);
    if (data && parts.numbers.epochs !== undefined && facts.samples === undefined) {
      const message = l10n.t('epochs: {0} has no end, and so no epochs: give steps', data.kind);
      this.report('bad-value', message, place('epochs'));
    }
    const plan: AssemblyPlan = {
      items,
      init: this.readInit(),
      batch: data ? batchTensors(data, facts, parts.numbers.batch ?? 1) : [],
      tokens: sizes.vocabulary,
      classes: sizes.vocabulary ?? sizes.classes ?? 0,
      className: sizes.vocabulary === undefined ? 'classes' : 'vocabulary',
      loss: parts.loss,
      training: true,
      dataRange: place('data'),
      lossRange: place('loss'),
    };
    const report: ReportProblem = (severity, code, message, range, path, fixes) => {
      this.collector.add(severity, code, message, range, path, fixes);
    };
    const assembly = assemble(plan, report);
    // Doubts about a design are noise while something in it is wrong.
    if (this.collector.errorCount === 0) {
      lintModel(items, assembly, parts.schedule, report);
      this.lintNames(defines, expander.usedDefines);
    }
    return this.finish(name, plan, assembly, settings, facts);
  }

  private factsOf(data: DataSettings, range: Range): DataFacts {
    const { facts = {} } = this;
    const assumed = assumedFacts(data);
    if (assumed === undefined) return {};
    const known = Object.keys(assumed.facts).some((name) => name in facts);
    if (known) return data.kind === 'text' ? { vocabulary: facts.vocabulary ?? 0 } : facts;
    const message = l10n.t(
      '{0} has not been read: shapes are shown for {1}',
      assumed.name,
      describeFacts(assumed.facts),
    );
    this.collector.add('warning', 'data-unknown', message, range, '');
    return assumed.facts;
  }

  private expand(expander: Expander): readonly Item[] {
    const layers = this.sections.get('layers');
    if (layers !== undefined) return expander.sequence('', layers.value);
    this.report(
      'missing-key',
      l10n.t('a model file has a list of layers under `layers:`'),
      this.top,
    );
    return [];
  }

  private readDefines(): ReadonlyMap<string, Define> {
    const defines = new Map<string, Define>();
    const map = mapUnder(this.sections.get('define'), this.report);
    for (const { key, keyRange, value } of map?.entries ?? []) {
      if (layerRegistry.has(key)) {
        this.report('reserved-name', l10n.t('{0} is a layer: choose another name', key), keyRange);
      } else if (!/^[A-Za-z_][\w-]*$/.test(key)) {
        const message = l10n.t(
          "'{0}' cannot be the name of a define: use letters, digits, - and _",
          key,
        );
        this.report('bad-name', message, keyRange);
      } else {
        defines.set(key, { name: key, body: value, range: keyRange });
      }
    }
    return defines;
  }

  private readInit(): AssemblyPlan['init'] {
    const found = new Map<string, ReadonlyMap<string, InitializerChoice>>();
    const reader = new Reader(this.names, this.report);
    for (const { key, keyRange, value } of mapUnder(this.sections.get('init'), this.report)
      ?.entries ?? []) {
      const definition = layerRegistry.get(key);
      if (definition) {
        found.set(key, readInitializers(value, definition, reader));
        continue;
      }
      const unknown = l10n.t("init: there is no layer '{0}'", key);
      const message = withNearest(unknown, key, layerRegistry.keys());
      const fixes = nearestFix(key, layerRegistry.keys(), keyRange);
      this.report('unknown-layer', message, keyRange, fixes);
    }
    return found;
  }

  private lintNames(defines: ReadonlyMap<string, Define>, used: ReadonlySet<string>): void {
    for (const { name, range } of defines.values()) {
      if (used.has(name)) continue;
      this.collector.add('warning', 'unused-define', l10n.t('no layer uses {0}', name), range, '');
    }
    for (const { key, keyRange } of this.names.unused()) {
      this.collector.add('warning', 'unused-let', l10n.t('nothing uses {0}', key), keyRange, '');
    }
  }

  private name(): string {
    const value = this.sections.get('model')?.value;
    if (value === undefined || isEmpty(value)) return 'model';
    if (value.kind === 'scalar') return value.text;
    this.report('wrong-kind', l10n.t('model is a name, not {0}', describeNode(value)), value.range);
    return 'model';
  }

  private finish(
    name: string,
    plan: AssemblyPlan,
    assembly: Assembly,
    settings: TrainingSettings | undefined,
    facts: DataFacts,
  ): CheckReport {
    const { results } = assembly;
    const diagnostics = this.collector.inOrder();
    const input = plan.batch.find((tensor) => tensor.role === 'input');
    const tree: ModelTree = {
      name,
      items: plan.items,
      results,
      links: assembly.links,
      values: this.names.known(),
      input: input && { line: plan.dataRange.start.line, shape: input.shape },
      loss: this.sections.get('train') &&
        plan.loss && { line: plan.lossRange.start.line, type: plan.loss.type },
    };
    const isComplete = !diagnostics.some(({ code }) => code === 'data-unknown');
    const isRight = this.collector.errorCount === 0 && isComplete && assembly.loss !== undefined;
    return {
      diagnostics,
      layers: summarize(plan.items, results),
      parameters: assembly.parameters.reduce((sum, { value }) => sum + count(value.shape), 0),
      norms: assembly.norms.map((norm) => norm.path),
      residuals: assembly.residuals.map((residual) => residual.path),
      tree,
      ...(isRight && settings ? { model: { name, settings, facts, plan } } : {}),
    };
  }
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The layers whose output is known, containers before what is in them. */
export function summarize(
  items: readonly Item[],
  results: Assembly['results'],
): readonly LayerSummary[] {
  const found: LayerSummary[] = [];
  const visit = (item: Item): void => {
    const result = results.get(item.path);
    if (result) {
      found.push({
        path: item.path,
        type: item.type,
        line: item.range.start.line,
        outputShape: result.value.shape,
        outputType: result.value.dtype,
        parameters: result.parameters,
      });
    }
    for (const part of Object.values(item.parts)) part.forEach(visit);
  };
  items.forEach(visit);
  return found;
}

import * as l10n from '@vscode/l10n';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { NormscopeError } from '../base/errors.ts';
import type { EvaluateRequest, Operand, TapInfo } from '../protocol/debug.ts';
import type { NormInfo } from '../protocol/engine.ts';
import type { Execution } from './execution.ts';
import { formatStatistic } from './format.ts';
import { statisticOf, targetOf, type Group } from './groups.ts';
import { inlineTexts, type InlineText } from './inlineValues.ts';
import { addressOf, momentReference } from './instructions.ts';
import type { LayerMap } from './layerMap.ts';
import { readMemory } from './memory.ts';
import type { Position } from './moments.ts';
import type { Frame, StepRecord } from './record.ts';
import { References } from './references.ts';
import { batchScope, scopesOf, type TapScope } from './scopes.ts';
import { indexedChildren, namedChildren, tensorVariable, type TensorContext } from './tensors.ts';

/** A norm as a list shows it: token averages of mean and variance per token, before and after. */
export interface NormView extends NormInfo {
  readonly inMean: number;
  readonly inVar: number;
  readonly outMean: number;
  readonly outVar: number;
  readonly text: string;
}

function formatPair(before: number, after: number): string {
  return `${formatStatistic(before)} → ${formatStatistic(after)}`;
}

const hyperparameters = ['lr', 'loss', 'gradNorm', 'step'] as const;

/** What can be seen of the step that the debugger stands in. */
export class Inspection {
  private readonly execution: Execution;
  private readonly layers: LayerMap;
  private readonly frames = new References<Frame>('frame');
  private readonly groups = new References<Group>('variable');
  private record: StepRecord | undefined;

  constructor(execution: Execution, layers: LayerMap) {
    this.execution = execution;
    this.layers = layers;
  }

  /** The training stands elsewhere: frames stay what they were for a while, values of another step do not. */
  moved(): void {
    const { record } = this.execution;
    this.frames.retire();
    if (record === this.record) this.groups.retire();
    else this.groups.clear();
    this.record = record;
  }

  /** The call stack, innermost first, as far as the client wants it. */
  stackTrace({
    startFrame = 0,
    levels = 0,
  }: Pick<DebugProtocol.StackTraceArguments, 'startFrame' | 'levels'>) {
    const { execution } = this;
    const { info } = execution.run;
    const name = l10n.t('{0}, run {1}', info.modelName, info.id);
    const atEnd: readonly Frame[] = [{ kind: 'run', name, phase: 'update', line: 1 }];
    const all = this.isAtEnd ? atEnd : this.need().framesAt(execution.position, name);
    const shown = all.slice(startFrame, levels > 0 ? startFrame + levels : undefined);
    return { frames: shown.map((frame) => this.frame(frame)), totalFrames: all.length };
  }

  /** The frame behind an id; the innermost one when there is no id. */
  frameOf(id: unknown): Frame {
    if (id !== undefined) return this.frames.get(id);
    return this.need().framesAt(this.execution.position, '')[0]!;
  }

  scopes(frameId: unknown): DebugProtocol.Scope[] {
    if (this.isAtEnd) return [];
    const record = this.need();
    const frame = this.frames.get(frameId);
    const own = scopesOf(record, frame);
    const batch = batchScope(record);
    const scope = ({ name, taps, expensive = false }: TapScope): DebugProtocol.Scope => ({
      name,
      variablesReference: this.groups.add({ kind: 'scope', scope: { name, taps } }),
      namedVariables: taps.length,
      expensive,
    });
    return [
      ...own.map(scope),
      {
        name: l10n.t('Hyperparameters'),
        variablesReference: this.groups.add({ kind: 'hyperparameters' }),
        namedVariables: hyperparameters.length,
        expensive: false,
      },
      ...(batch ? [scope(batch)] : []),
      ...(frame.kind === 'layer' ? [this.operationScope()] : []),
    ];
  }

  async variables({
    variablesReference,
    filter,
    start,
    count,
  }: DebugProtocol.VariablesArguments): Promise<readonly DebugProtocol.Variable[]> {
    const group = this.groups.get(variablesReference);
    const context = this.context();
    if (group.kind === 'tensor') {
      const { part } = group;
      const isPage = filter === 'indexed';
      const named = filter === 'indexed' ? [] : await namedChildren(part, context);
      const indexed =
        filter === 'named'
          ? []
          : await indexedChildren(part, context, isPage ? start : 0, isPage ? count : 0);
      return [...named, ...indexed];
    }
    if (filter === 'indexed') return [];
    if (group.kind === 'hyperparameters') return this.hyperparameters();
    if (group.kind === 'operation') return this.operands(group.at);
    return group.scope.taps.map(({ label, tap }) => tensorVariable(label, tap, context));
  }

  /** Evaluates over the taps; names without a path are those of the frame's layer. */
  async evaluate({ expression, frameId }: DebugProtocol.EvaluateArguments) {
    const record = this.need();
    const frame = this.frameOf(frameId);
    const request: EvaluateRequest = {
      expression,
      phase: frame.phase,
      ...(frame.path !== undefined && { path: frame.path }),
    };
    const result = await this.execution.run.engine.request('evaluate', request);
    const tap = result.tap === undefined ? undefined : record.tap(result.tap);
    const shared = { result: result.text, type: result.type };
    if (tap === undefined) return { ...shared, variablesReference: 0 };
    const variable = tensorVariable(expression, tap, this.context());
    const { variablesReference, indexedVariables, memoryReference } = variable;
    return {
      ...shared,
      variablesReference,
      ...(indexedVariables !== undefined && { indexedVariables }),
      ...(memoryReference !== undefined && { memoryReference }),
    };
  }

  async completions({ text, column, frameId }: DebugProtocol.CompletionsArguments) {
    const frame = this.frameOf(frameId);
    const targets = await this.execution.run.engine.request('complete', {
      text,
      column: Math.max(0, column - 1),
      ...(frame.path !== undefined && { path: frame.path }),
    });
    return targets.map(({ label, detail }) => ({ label, detail }));
  }

  /** Sets a hyperparameter, or an element of a parameter or of the batch. */
  async setVariable({ variablesReference, name, value }: DebugProtocol.SetVariableArguments) {
    const number = Number(value.trim() === '' ? NaN : value);
    if (Number.isNaN(number) && value.trim() !== 'NaN') {
      throw new NormscopeError(
        'input',
        'debug-value',
        l10n.t('{0} is not a number. Give a number.', value),
      );
    }
    const target = targetOf(this.need(), this.groups.get(variablesReference), name);
    const { engine } = this.execution.run;
    const { text } = await engine.request('setValue', { ...target, value: number });
    await this.execution.refresh();
    return { value: text };
  }

  /** The compiled step as text; `toClient` turns lines of the model file into the client's. */
  async disassemble(
    request: DebugProtocol.DisassembleArguments,
    toClient: (line: number) => number,
  ) {
    this.need();
    const instructions = await this.execution.instructions();
    return instructions.disassemble(request, this.source(), toClient);
  }

  readMemory(request: DebugProtocol.ReadMemoryArguments) {
    const record = this.need();
    return readMemory(request, (name) => this.tapNamed(record, name), this.context().read);
  }

  /** Where a data breakpoint on a variable goes; `dataId` is null where none can be. */
  dataBreakpoint({
    variablesReference,
    name,
  }: Pick<DebugProtocol.DataBreakpointInfoArguments, 'variablesReference' | 'name'>) {
    const group =
      variablesReference === undefined ? undefined : this.groups.find(variablesReference);
    const dataId = statisticOf(this.need(), group, name);
    if (dataId === undefined) {
      const description = l10n.t('Set it on a tensor or on its mean, var, min, max or kurtosis.');
      return { dataId: null, description };
    }
    const description = l10n.t('{0}; give a condition such as > 4', dataId);
    return { dataId, description, accessTypes: ['write' as const], canPersist: true };
  }

  /** What each norm did in this step, with the numbers of the charts. */
  async norms(): Promise<readonly NormView[]> {
    const record = this.need();
    const { engine, info } = this.execution.run;
    return Promise.all(
      info.norms.map(async ({ path: norm, type, line }) => {
        const number = async (tap: 'in' | 'out', statistic: 'mean' | 'var'): Promise<number> => {
          const expression = `${tap}.${statistic}`;
          const { value = NaN } = await engine.request('evaluate', { expression, path: norm });
          // A step that cannot be taken has no numbers for the charts, but it has its tensors.
          const tensor = record.tap(`${norm}.${tap}`)?.statistics;
          return Number.isNaN(value) ? (tensor?.[statistic] ?? NaN) : value;
        };
        const inVar = await number('in', 'var');
        const outVar = await number('out', 'var');
        const inMean = await number('in', 'mean');
        const outMean = await number('out', 'mean');
        const text = `σ² ${formatPair(inVar, outVar)}   µ ${formatPair(inMean, outMean)}`;
        return { path: norm, type, line, inMean, inVar, outMean, outVar, text };
      }),
    );
  }

  /** Texts for the ends of the lines `first` to `last` of the model file. */
  inlineValues(frameId: unknown, first: number, last: number): readonly InlineText[] {
    return inlineTexts(this.need(), this.layers, this.frameOf(frameId), first, last);
  }

  private frame(frame: Frame): DebugProtocol.StackFrame {
    const id = this.frames.add(frame);
    const { name, line } = frame;
    const source = this.source();
    const { index, instruction } = this.execution.position;
    const instructionPointerReference =
      instruction === undefined ? momentReference(index) : addressOf(instruction);
    return { id, name, line, column: 1, source, instructionPointerReference };
  }

  private source(): DebugProtocol.Source {
    const { modelPath } = this.execution.run.info;
    return { name: path.basename(modelPath), path: modelPath };
  }

  /** Opens by itself for who steps by operations. */
  private operationScope(): DebugProtocol.Scope {
    const at = this.execution.position;
    return {
      name: l10n.t('Operation'),
      variablesReference: this.groups.add({ kind: 'operation', at }),
      expensive: at.instruction === undefined,
    };
  }

  private async operands({ index, instruction }: Position) {
    const instructions = await this.execution.instructions();
    const found =
      instruction === undefined ? instructions.lastOf(index) : instructions.list[instruction];
    if (found === undefined) return [];
    const context = this.context();
    const { engine } = this.execution.run;
    const shown = async ({ name, label = name }: Operand, role: string) => {
      const tap = await engine.request('describe', { tap: name });
      return tensorVariable(`${role} ${label}`, tap, context);
    };
    const variables: DebugProtocol.Variable[] = [
      { name: 'op', value: [found.op, found.attributes].join(' '), variablesReference: 0 },
    ];
    for (const operand of found.inputs) variables.push(await shown(operand, 'reads'));
    for (const operand of found.outputs) variables.push(await shown(operand, 'writes'));
    return variables;
  }

  /** A tap of the record, or an operand of an operation. */
  private async tapNamed(record: StepRecord, name: string): Promise<TapInfo | undefined> {
    const known = record.tap(name);
    if (known || !name.startsWith('%')) return known;
    return this.execution.run.engine.request('describe', { tap: name });
  }

  private hyperparameters(): readonly DebugProtocol.Variable[] {
    const { info } = this.need();
    return hyperparameters.map((name) => ({
      name,
      value: name === 'step' ? String(info.step) : formatStatistic(info[name]),
      variablesReference: 0,
      evaluateName: name,
      ...(name !== 'lr' && { presentationHint: { attributes: ['readOnly'] } }),
    }));
  }

  private context(): TensorContext {
    const { engine } = this.execution.run;
    const record = this.need();
    const { vocabulary } = record.info;
    return {
      read: async ({ name }, offset, count) => {
        const { data } = await engine.request('tensor', { tap: name, offset, count });
        return data;
      },
      vocabulary,
      areTokens: (tap) => tap.dtype.startsWith('int') && record.batchName(tap) !== undefined,
      refer: (part) => this.groups.add({ kind: 'tensor', part }),
    };
  }

  /** All steps are taken: there is the run, and no step to look at. */
  private get isAtEnd(): boolean {
    const { state, recorded } = this.execution;
    return state === 'stopped' && recorded === undefined;
  }

  private need(): StepRecord {
    const { record } = this.execution;
    if (record) return record;
    throw new NormscopeError(
      'input',
      'debug-running',
      l10n.t('The training does not stand still at a recorded step. Pause it first.'),
    );
  }
}

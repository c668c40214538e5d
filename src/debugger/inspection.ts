import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { NormscopeError } from '../base/errors.ts';
import type { EvaluateRequest, TapInfo } from '../protocol/debug.ts';
import type { Execution } from './execution.ts';
import { formatStatistic } from './format.ts';
import { inlineTexts, type InlineText } from './inlineValues.ts';
import type { LayerMap } from './layerMap.ts';
import { readMemory } from './memory.ts';
import type { Frame, StepRecord } from './record.ts';
import { References } from './references.ts';
import { batchScope, scopesOf, type TapScope } from './scopes.ts';
import {
  indexedChildren,
  namedChildren,
  offsetOf,
  shapeOf,
  tensorVariable,
  type TensorContext,
  type TensorPart,
} from './tensors.ts';

/** What a variables reference stands for. */
type Group =
  | { readonly kind: 'scope'; readonly scope: TapScope }
  | { readonly kind: 'hyperparameters' }
  | { readonly kind: 'tensor'; readonly part: TensorPart };

const hyperparameters = ['lr', 'loss', 'gradNorm', 'step'] as const;
const statistics = ['mean', 'var', 'min', 'max', 'kurtosis'];

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
    const name = `${info.modelName}, run ${info.id}`;
    const all: readonly Frame[] = this.need().framesAt(execution.position, name);
    const shown = all.slice(startFrame, levels > 0 ? startFrame + levels : undefined);
    return { frames: shown.map((frame) => this.frame(frame)), totalFrames: all.length };
  }

  /** The frame behind an id; the innermost one when there is no id. */
  frameOf(id: unknown): Frame {
    if (id !== undefined) return this.frames.get(id);
    return this.need().framesAt(this.execution.position, '')[0]!;
  }

  scopes(frameId: unknown): DebugProtocol.Scope[] {
    const record = this.need();
    const own = scopesOf(record, this.frames.get(frameId));
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
        name: 'Hyperparameters',
        variablesReference: this.groups.add({ kind: 'hyperparameters' }),
        namedVariables: hyperparameters.length,
        expensive: false,
      },
      ...(batch ? [scope(batch)] : []),
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
      throw new NormscopeError('input', 'debug-value', `${value} is not a number. Give a number.`);
    }
    const target = this.targetOf(this.groups.get(variablesReference), name);
    const { engine } = this.execution.run;
    const { text } = await engine.request('setValue', { ...target, value: number });
    await this.execution.refresh();
    return { value: text };
  }

  readMemory(request: DebugProtocol.ReadMemoryArguments) {
    const record = this.need();
    return readMemory(request, (name) => record.tap(name), this.context().read);
  }

  /** Where a data breakpoint on a variable goes; `dataId` is null where none can be. */
  dataBreakpoint({
    variablesReference,
    name,
  }: Pick<DebugProtocol.DataBreakpointInfoArguments, 'variablesReference' | 'name'>) {
    const group =
      variablesReference === undefined ? undefined : this.groups.find(variablesReference);
    const dataId = this.dataIdOf(group, name);
    if (dataId === undefined) {
      const description = 'Set it on a tensor or on its mean, var, min, max or kurtosis.';
      return { dataId: null, description };
    }
    const description = `${dataId}; give a condition such as > 4`;
    return { dataId, description, accessTypes: ['write' as const], canPersist: true };
  }

  /** Texts for the ends of the lines `first` to `last` of the model file. */
  inlineValues(frameId: unknown, first: number, last: number): readonly InlineText[] {
    return inlineTexts(this.need(), this.layers, this.frameOf(frameId), first, last);
  }

  private dataIdOf(group: Group | undefined, name: string): string | undefined {
    if (group?.kind === 'tensor') {
      const { tap, at } = group.part;
      return at.length === 0 && statistics.includes(name) ? `${tap.name}.${name}` : undefined;
    }
    if (group?.kind === 'scope') {
      const tap = group.scope.taps.find(({ label }) => label === name)?.tap;
      return tap && `${tap.name}.var`;
    }
    const [, tapName = '', statistic = ''] = /^(.*)\.(\w+)$/.exec(name) ?? [];
    const isStatistic = statistics.includes(statistic) && this.need().tap(tapName) !== undefined;
    return group === undefined && isStatistic ? name : undefined;
  }

  private targetOf(
    group: Group,
    name: string,
  ): { readonly target: string; readonly index?: number } {
    if (group.kind === 'hyperparameters' && name === 'lr') return { target: name };
    if (group.kind === 'tensor') {
      const target = this.settableName(group.part.tap);
      const [, digits] = /^\[(\d+)\]$/.exec(name) ?? [];
      const isVector = shapeOf(group.part).length === 1;
      if (target !== undefined && digits !== undefined && isVector) {
        return { target, index: offsetOf(group.part) + Number(digits) };
      }
    }
    if (group.kind === 'scope') {
      const tap = group.scope.taps.find(({ label }) => label === name)?.tap;
      const target = tap && this.settableName(tap);
      if (target !== undefined && tap?.shape.length === 0) return { target, index: 0 };
    }
    throw new NormscopeError(
      'input',
      'debug-read-only',
      `${name} follows from other values. The learning rate and single elements of parameters and of the batch can be set.`,
    );
  }

  /** The engine's name of what a tap holds, where its elements may be set. */
  private settableName(tap: TapInfo): string | undefined {
    const [, parameter] = /^param:(.*)$/.exec(tap.tap) ?? [];
    return parameter === undefined ? this.need().batchName(tap) : `${tap.path}.${parameter}`;
  }

  private frame(frame: Frame): DebugProtocol.StackFrame {
    const { modelPath } = this.execution.run.info;
    const id = this.frames.add(frame);
    const { name, line } = frame;
    const source = { name: path.basename(modelPath), path: modelPath };
    return { id, name, line, column: 1, source };
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

  private need(): StepRecord {
    const { record } = this.execution;
    if (record) return record;
    throw new NormscopeError(
      'input',
      'debug-running',
      'The training does not stand still at a recorded step. Pause it first.',
    );
  }
}

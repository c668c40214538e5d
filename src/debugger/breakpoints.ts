import * as l10n from '@vscode/l10n';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { globToRegExp } from '../base/glob.ts';
import type {
  BreakpointReport,
  EngineBreakpoint,
  Instruction,
  Moment,
  Phase,
} from '../protocol/debug.ts';
import { addressOf } from './instructions.ts';
import type { LayerMap } from './layerMap.ts';
import type { Position } from './moments.ts';

/** A breakpoint as its user set it. */
interface Entry {
  readonly id: number;
  /** What the engine checks; undefined for what cannot hold. */
  readonly engine?: EngineBreakpoint;
  /** Why it cannot hold. */
  readonly problem?: string;
  /** Where a line breakpoint went, from 1. */
  readonly line?: number;
  /** The instruction that an instruction breakpoint stops at, as its user gave it and as an index. */
  readonly instruction?: { readonly reference: string; readonly index: number };
}

type Kind = 'line' | 'function' | 'data' | 'rule' | 'instruction';

/** Modes of breakpoints that an editor offers; the first is that of a plain click. */
export function breakpointModes(): DebugProtocol.BreakpointMode[] {
  return [
    mode('forward', l10n.t('Forward'), l10n.t('when the layer has computed its output')),
    mode('backward', l10n.t('Backward'), l10n.t('when the gradient has passed the layer')),
    mode('update', l10n.t('Update'), l10n.t("when the layer's parameters are updated")),
  ];
}

/** The breakpoints of a session: what the user set, and what it means for the engine. */
export class Breakpoints {
  private readonly entries: Record<Kind, readonly Entry[]> = {
    line: [],
    function: [],
    data: [],
    rule: [],
    instruction: [],
  };
  private lastId = 0;

  /** All that the engine has to check. */
  get forEngine(): readonly EngineBreakpoint[] {
    return Object.values(this.entries)
      .flat()
      .flatMap(({ engine }) => (engine ? [engine] : []));
  }

  /** Replaces the breakpoints on lines of the model file. */
  setLines(wanted: readonly DebugProtocol.SourceBreakpoint[], layers: LayerMap): readonly Entry[] {
    return this.set('line', wanted, (id, breakpoint) => {
      const phase = phaseOf(breakpoint.mode);
      const resolved = layers.resolve(breakpoint.line, phase);
      if (resolved === undefined) {
        const problem = l10n.t(
          'No layer begins at this line or below it. Set it on the line of a layer.',
        );
        return { id, problem, line: breakpoint.line };
      }
      const { line, paths } = resolved;
      const [path = '', ...others] = paths;
      const engine: EngineBreakpoint = {
        id,
        ...(others.length === 0
          ? { kind: 'line', path }
          : { kind: 'function', path: `{${paths.join(',')}}` }),
        phase,
        ...conditionsOf(breakpoint),
        ...(breakpoint.logMessage !== undefined && { log: breakpoint.logMessage }),
      };
      return { id, engine, line };
    });
  }

  /** Replaces the breakpoints on globs of layer paths, e.g. `blocks.*.norm`; `backward:` before a glob says the phase. */
  setGlobs(wanted: readonly DebugProtocol.FunctionBreakpoint[]): readonly Entry[] {
    return this.set('function', wanted, (id, breakpoint) => {
      const [, prefix, glob = ''] = /^(?:(forward|loss|backward|update):)?(.*)$/s.exec(
        breakpoint.name.trim(),
      )!;
      const engine = {
        id,
        kind: 'function',
        path: glob.trim(),
        phase: phaseOf(prefix),
        ...conditionsOf(breakpoint),
      } as const;
      return { id, engine };
    });
  }

  /** Replaces the breakpoints on statistics: `dataId` is `<path>.<tap>.<statistic>`. */
  setData(wanted: readonly DebugProtocol.DataBreakpoint[]): readonly Entry[] {
    return this.set('data', wanted, (id, breakpoint) => {
      const { dataId: path } = breakpoint;
      const phase = path.includes('.grad:') ? 'backward' : 'forward';
      return { id, engine: { id, kind: 'data', path, phase, ...conditionsOf(breakpoint) } };
    });
  }

  /** Replaces the rules that stop the training, by name, with conditions of the user's own. */
  setRules(wanted: readonly DebugProtocol.ExceptionFilterOptions[]): readonly Entry[] {
    return this.set('rule', wanted, (id, { filterId, condition }) => {
      return {
        id,
        engine: {
          id,
          kind: 'rule',
          rule: filterId,
          phase: 'forward',
          ...conditionsOf({ condition }),
        },
      };
    });
  }

  /** Replaces the breakpoints on operations of the compiled step. */
  setInstructions(
    wanted: readonly DebugProtocol.InstructionBreakpoint[],
    find: (reference: string, offset: number) => Instruction | undefined,
  ): readonly Entry[] {
    return this.set('instruction', wanted, (id, breakpoint) => {
      const { instructionReference: reference, offset = 0 } = breakpoint;
      const found = find(reference, offset);
      if (found?.moment === undefined) {
        const problem = found
          ? l10n.t('This operation belongs to no layer. Set it on one that does.')
          : l10n.t('There is no operation at this address.');
        return { id, problem };
      }
      const { index, path } = found;
      // The loss has one moment for both directions.
      const phase = path === 'loss' ? path : found.phase;
      const engine = { id, kind: 'line', path, phase, ...conditionsOf(breakpoint) } as const;
      return { id, engine, instruction: { reference: addressOf(index), index } };
    });
  }

  /** Breakpoints on statistics, which the engine knows the places of. */
  get onData(): readonly EngineBreakpoint[] {
    return this.entries.data.flatMap(({ engine }) => (engine ? [engine] : []));
  }

  /** The instruction that a breakpoint is on; undefined for one on anything else. */
  instructionOf(id: number): number | undefined {
    return this.entries.instruction.find((entry) => entry.id === id)?.instruction?.index;
  }

  /** Where in the layer at `position` these breakpoints stop: at the first of their instructions, or at the end. */
  within(position: Position, ids: readonly number[]): Position {
    const instructions = ids.map((id) => this.instructionOf(id) ?? Infinity);
    const instruction = Math.min(...instructions);
    return Number.isFinite(instruction) ? { ...position, instruction } : position;
  }

  /** What the protocol says of breakpoints after the engine looked at them. */
  describe(
    entries: readonly Entry[],
    reports: readonly BreakpointReport[],
    source?: DebugProtocol.Source,
  ): DebugProtocol.Breakpoint[] {
    return entries.map(({ id, problem, line, instruction }) => {
      const report = reports.find((candidate) => candidate.id === id);
      const message = problem ?? report?.message;
      return {
        id,
        verified: report?.verified ?? false,
        ...(message !== undefined && { message }),
        ...(line !== undefined && { line }),
        ...(instruction && { instructionReference: instruction.reference }),
        ...(source && line !== undefined && { source }),
      };
    });
  }

  /** Breakpoints that may stop at a moment of a step, apart from what their conditions say. */
  at({ path, phase }: Moment): readonly EngineBreakpoint[] {
    return this.forEngine.filter((breakpoint) => {
      if (breakpoint.log !== undefined || breakpoint.phase !== phase) return false;
      if (breakpoint.path === undefined) return false;
      if (breakpoint.kind === 'line') return breakpoint.path === path;
      return breakpoint.kind === 'function' && globToRegExp(breakpoint.path, '.').test(path);
    });
  }

  private set<T>(
    kind: Kind,
    wanted: readonly T[],
    make: (id: number, breakpoint: T) => Entry,
  ): readonly Entry[] {
    const entries = wanted.map((breakpoint) => make(++this.lastId, breakpoint));
    this.entries[kind] = entries;
    return entries;
  }
}

function mode(name: string, label: string, description: string): DebugProtocol.BreakpointMode {
  return { mode: name, label, description, appliesTo: ['source'] };
}

function phaseOf(name: string | undefined): Phase {
  return name === 'backward' || name === 'update' || name === 'loss' ? name : 'forward';
}

function conditionsOf({
  condition,
  hitCondition,
}: {
  readonly condition?: string | undefined;
  readonly hitCondition?: string | undefined;
}): Pick<EngineBreakpoint, 'condition' | 'hitCondition'> {
  const isGiven = (text: string | undefined): text is string =>
    text !== undefined && text.trim() !== '';
  return {
    ...(isGiven(condition) && { condition }),
    ...(isGiven(hitCondition) && { hitCondition }),
  };
}

import * as l10n from '@vscode/l10n';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { NormscopeError } from '../base/errors.ts';
import { Emitter } from '../base/lifetime.ts';
import type { BreakpointReport } from '../protocol/debug.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { Execution } from './execution.ts';
import type { DebuggedRun } from './host.ts';
import type { Inspection } from './inspection.ts';
import type { LayerMap } from './layerMap.ts';
import type { Moves } from './moves.ts';
import type { Reply } from './requestServer.ts';

/** A run under the debugger with all that belongs to it. */
export interface Debugged {
  readonly run: DebuggedRun;
  readonly execution: Execution;
  readonly moves: Moves;
  readonly inspection: Inspection;
  readonly layers: LayerMap;
  readonly kind: 'launch' | 'attach';
  readonly stopOnEntry: boolean;
  readonly noDebug: boolean;
}

/** What all breakpoints together cost at each step. */
export interface BreakpointCost {
  readonly cost: BreakpointReport['cost'];
  /** What is computed for them. */
  readonly texts: readonly string[];
}

/** What requests are answered from. */
export class DebugState {
  readonly breakpoints: Breakpoints;
  /** Breakpoints were set. */
  readonly costs = new Emitter<BreakpointCost>();
  debugged: Debugged | undefined;
  /** What the client's line numbers count from. */
  firstLine = 1;

  constructor(breakpoints: Breakpoints) {
    this.breakpoints = breakpoints;
  }

  /** @throws NormscopeError `debug-nothing` before a run was launched or attached to */
  need(): Debugged {
    if (this.debugged) return this.debugged;
    const message = l10n.t('Nothing is debugged. Launch a model or attach to a run first.');
    throw new NormscopeError('input', 'debug-nothing', message);
  }

  /**
   * Answers first, then moves: the stop that follows must not come before the answer.
   * @throws NormscopeError `debug-running` while the training is under way
   */
  moving(move: (moves: Moves) => Promise<void>, body: object = {}): Reply {
    const { execution, moves } = this.need();
    if (execution.state === 'stopped') return { body, afterwards: () => move(moves) };
    const message = l10n.t('The training is under way. Pause it first.');
    throw new NormscopeError('input', 'debug-running', message);
  }

  /** Whether a file of the client is the model that is debugged. */
  async isModel(file: unknown): Promise<boolean> {
    const { modelPath } = this.need().run.info;
    if (typeof file !== 'string') return false;
    const [asked, own] = await Promise.all([file, modelPath].map(realPath));
    return asked === own;
  }

  /** A line of the client as the model file counts, from 1. */
  fromClient(line: number): number {
    return line + 1 - this.firstLine;
  }

  /** A line of the model file as the client counts. */
  toClient(line: number): number {
    return line - 1 + this.firstLine;
  }
}

async function realPath(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    return path.resolve(file);
  }
}

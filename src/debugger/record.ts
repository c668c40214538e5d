import * as l10n from '@vscode/l10n';
import type { Moment, Phase, StepRecordInfo, TapInfo } from '../protocol/debug.ts';
import { lineage, type Place, type Position } from './moments.ts';

/** What a line of the call stack stands for, innermost first in a stack. */
export interface Frame {
  readonly kind: 'layer' | 'container' | 'phase' | 'step' | 'run';
  readonly name: string;
  readonly phase: Phase;
  /** Layer or container; undefined for phase, step and run. */
  readonly path?: string;
  readonly parameter?: string;
  /** Line in the model file, from 1. Phase and step stand at the outermost layer or container, the run at the top. */
  readonly line: number;
}

/** A recorded step as the debugger walks it. */
export class StepRecord {
  readonly info: StepRecordInfo;
  readonly moments: readonly Moment[];
  /** Tensors that the model is fed with, by their names for `setValue`. */
  readonly batch: ReadonlyMap<string, TapInfo>;
  private readonly tapsByPath = new Map<string, TapInfo[]>();
  private readonly tapsByName = new Map<string, TapInfo>();

  constructor(info: StepRecordInfo) {
    this.info = info;
    this.moments = nestSums(info.moments);
    for (const tap of info.taps) {
      this.tapsByName.set(tap.name, tap);
      const known = this.tapsByPath.get(tap.path);
      if (known) known.push(tap);
      else this.tapsByPath.set(tap.path, [tap]);
    }
    const [first] = this.moments;
    const fed = [
      ['input', first && this.tap(`${first.path}.in`)],
      ['targets', this.tap('loss.targets')],
    ] as const;
    this.batch = new Map(fed.flatMap(([name, tap]) => (tap ? [[name, tap] as const] : [])));
  }

  /** The name of a tap in the batch; undefined for what is computed. */
  batchName(tap: TapInfo): string | undefined {
    return [...this.batch].find(([, { name }]) => name === tap.name)?.[0];
  }

  /** The tap `<path>.<tap>`. */
  tap(name: string): TapInfo | undefined {
    return this.tapsByName.get(name);
  }

  /** All taps of a layer, in the order of the record. */
  tapsOf(path: string): readonly TapInfo[] {
    return this.tapsByPath.get(path) ?? [];
  }

  /** First and last layer of a container in the forward pass. */
  endsOf(container: string): readonly [Moment, Moment] | undefined {
    const inside = this.moments.filter(
      ({ phase, parents }) =>
        phase === 'forward' && parents.some((parent) => parent.path === container),
    );
    const [first] = inside;
    return first === undefined ? undefined : [first, inside[inside.length - 1]!];
  }

  /** The call stack at a position, innermost first: layer, containers, phase, step, run. */
  framesAt(position: Position, runName: string): readonly Frame[] {
    const moment = this.moments[position.index];
    if (moment === undefined) return [{ kind: 'run', name: runName, phase: 'forward', line: 1 }];
    const { phase, parameter } = moment;
    const places = lineage(moment).slice(0, position.depth + 1);
    const frames = places.map((place, depth): Frame => {
      const isLeaf = depth === moment.parents.length;
      const { path, line } = place;
      return {
        kind: isLeaf ? 'layer' : 'container',
        name: frameName(place, places[depth - 1], isLeaf ? parameter : undefined),
        phase,
        path,
        line,
        ...(isLeaf && parameter !== undefined && { parameter }),
      };
    });
    const outermost = places[0]?.line ?? 1;
    return [
      ...frames.reverse(),
      { kind: 'phase', name: phaseTitle(phase), phase, line: outermost },
      { kind: 'step', name: l10n.t('step {0}', this.info.step), phase, line: outermost },
      { kind: 'run', name: runName, phase, line: 1 },
    ];
  }
}

/**
 * A Residual has moments of its own, where its sum is computed (or its gradient arrives). They belong inside of it: otherwise one
 * would step out of a residual and then find oneself at it again.
 */
function nestSums(moments: readonly Moment[]): readonly Moment[] {
  const containers = new Set(moments.flatMap(({ parents }) => parents.map(({ path }) => path)));
  return moments.map((moment) => {
    const { path, type, line, parents } = moment;
    const isInside = parents.some((parent) => parent.path === path);
    if (!containers.has(path) || isInside) return moment;
    return { ...moment, parents: [...parents, { path, type, line }] };
  });
}

function phaseTitle(phase: Phase): string {
  switch (phase) {
    case 'forward':
      return l10n.t('forward');
    case 'loss':
      return l10n.t('loss');
    case 'backward':
      return l10n.t('backward');
    case 'update':
      return l10n.t('update');
  }
}

function frameName(place: Place, outer: Place | undefined, parameter: string | undefined): string {
  if (outer?.path === place.path) return l10n.t('sum');
  const isBelow = outer !== undefined && place.path.startsWith(`${outer.path}.`);
  const name = isBelow ? place.path.slice(outer.path.length + 1) : place.path;
  const own = parameter?.startsWith(`${place.path}.`)
    ? `${name}.${parameter.slice(place.path.length + 1)}`
    : name;
  return own === place.type ? own : `${own} (${place.type})`;
}

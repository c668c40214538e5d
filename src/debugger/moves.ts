import * as l10n from '@vscode/l10n';
import { reportOf } from '../base/errors.ts';
import type { Phase } from '../protocol/debug.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { Execution } from './execution.ts';
import { Hits } from './hits.ts';
import { advance, leafAt, retreat, type Move } from './moments.ts';
import type { Frame } from './record.ts';

/** Everything that a person can do from a stop. Each move ends in another stop, with the run, or lets it train. */
export class Moves {
  private readonly execution: Execution;
  private readonly hits: Hits;

  constructor(execution: Execution, breakpoints: Breakpoints) {
    this.execution = execution;
    this.hits = new Hits(execution.run.engine, breakpoints);
  }

  /** Trains on; stops first at what breakpoints hold later in this very step. */
  resume(): Promise<void> {
    return this.from(async (execution) => {
      if (await this.stopsBefore(Infinity)) return;
      await execution.train();
    });
  }

  /** Moves on within the step, and on to the next one at its end. */
  step(move: Move): Promise<void> {
    return this.from(async (execution) => {
      const { recorded, position } = execution;
      const target = recorded && advance(recorded.moments, position, move);
      if (await this.stopsBefore(target?.index ?? Infinity)) return;
      if (target) return execution.arriveWithin(target, 'step');
      await execution.acceptStep();
    });
  }

  /** Moves on by one operation of the compiled step. */
  stepInstruction(): Promise<void> {
    return this.from(async (execution) => {
      if (await this.besideInstruction(1)) return;
      await execution.acceptStep();
    });
  }

  /** Moves to the layer before, at the first one to the end of the step before. */
  back(): Promise<void> {
    return this.from(async (execution) => {
      const { recorded, position } = execution;
      const target = recorded && retreat(recorded.moments, position);
      if (target) return execution.arriveWithin(target, 'step');
      await this.stepBefore();
    });
  }

  /** Moves back by one operation. */
  backInstruction(): Promise<void> {
    return this.from(async () => {
      if (await this.besideInstruction(-1)) return;
      await this.stepBefore();
    });
  }

  /** Moves back to the last place where a breakpoint held, also in earlier steps. */
  resumeBack(): Promise<void> {
    return this.from(async (execution) => {
      const { recorded, position } = execution;
      const found = recorded && (await this.hits.last(recorded, position));
      if (found) return execution.arriveWithin(found.position, 'breakpoint', found.breakpoints);
      const earlier = await execution.run.engine.request('findBack', null);
      if (earlier === null) {
        const text = l10n.t('No breakpoint held in an earlier step, as far as the run recorded.');
        return execution.stay(text);
      }
      await execution.travelTo(earlier.step);
      const { phase, path, breakpoints } = earlier;
      return execution.arriveWithin(execution.placeOf(phase, path), 'breakpoint', breakpoints);
    });
  }

  /** Takes the step that stands still and stands at the beginning of the next one. */
  nextStep(): Promise<void> {
    return this.from((execution) => execution.acceptStep());
  }

  /** Goes to the moment before step `step`: where the run has been, by snapshot and replay; to get further, by training. */
  goToStep(step: number): Promise<void> {
    return this.from(async (execution) => {
      try {
        await execution.travelTo(step);
      } catch (error) {
        if (reportOf(error).code !== 'step-ahead') throw error;
        return this.trainUntil(step);
      }
      return execution.arriveWithin(execution.placeOf('forward', undefined), 'goto');
    });
  }

  /** Trains until step `step` is the next one, unless something stops it before. */
  runToStep(step: number): Promise<void> {
    return this.from(() => this.trainUntil(step));
  }

  /** Goes back to a step, and trains on from there. */
  resumeFrom(step: number): Promise<void> {
    return this.from(async (execution) => {
      await execution.travelTo(step);
      await execution.goOn();
    });
  }

  /** Trains to the first step of the next epoch. */
  nextEpoch(): Promise<void> {
    return this.from((execution) => {
      const { stepsPerEpoch } = execution.run.info;
      if (stepsPerEpoch === undefined) {
        return execution.stay(l10n.t('The data of this model has no end, so there are no epochs.'));
      }
      const { step } = execution;
      return this.trainUntil((Math.floor(step / stepsPerEpoch) + 1) * stepsPerEpoch);
    });
  }

  /** Moves to a layer within the step. */
  goTo(phase: Phase, path: string): Promise<void> {
    return this.from((execution) => {
      return execution.arriveWithin(execution.placeOf(phase, path), 'goto');
    });
  }

  /** Runs a frame again: back to where its block, phase or step begins, with values that were changed meanwhile; the run's from its first step. */
  restart({ kind, phase, path }: Frame): Promise<void> {
    return this.from(async (execution) => {
      if (kind === 'run') await execution.travelTo(0);
      if (kind === 'run' || kind === 'step') {
        return execution.arriveWithin(execution.placeOf('forward', undefined), 'goto');
      }
      const { moments } = execution.needRecord();
      // A Residual has a moment of its own, at its sum, behind what is in it.
      const first = moments.find((moment) => {
        return moment.phase === phase && moment.parents.some((parent) => parent.path === path);
      });
      const isInside = kind === 'container' && first !== undefined;
      const place = isInside ? leafAt(moments, first.index) : execution.placeOf(phase, path);
      return execution.arriveWithin(place, 'goto');
    });
  }

  private from(action: (execution: Execution) => Promise<void>): Promise<void> {
    const { execution } = this;
    return execution.moving(() => action(execution));
  }

  /** Stops at what holds on the way to the moment `last`; whether anything does. */
  private async stopsBefore(last: number): Promise<boolean> {
    const { execution } = this;
    const { recorded, position } = execution;
    const found = recorded && (await this.hits.first(recorded, position, last));
    if (found) await execution.arriveWithin(found.position, 'breakpoint', found.breakpoints);
    return found !== undefined;
  }

  /** Stands at the operation before or after; whether there is one in this step. */
  private async besideInstruction(direction: 1 | -1): Promise<boolean> {
    const { execution } = this;
    const { recorded, position } = execution;
    if (recorded === undefined) return false;
    const { index, instruction } = position;
    const instructions = await execution.instructions();
    const from = instruction ?? instructions.lastOf(index)?.index ?? -1;
    const next = instructions.beside(from, direction);
    if (next?.moment === undefined) return false;
    const place = { ...leafAt(recorded.moments, next.moment), instruction: next.index };
    await execution.arriveWithin(place, 'step');
    return true;
  }

  private async stepBefore(): Promise<void> {
    const { execution } = this;
    const { step } = execution;
    if (step === 0) {
      const text = l10n.t(
        'This is the first moment of the first step: there is nothing before it.',
      );
      return execution.stay(text);
    }
    await execution.travelTo(step - 1);
    const { moments } = execution.needRecord();
    return execution.arriveWithin(leafAt(moments, moments.length - 1), 'step');
  }

  private async trainUntil(step: number): Promise<void> {
    const { execution } = this;
    const { step: now } = execution;
    if (step <= now) return execution.stay(l10n.t('The run is at step {0} already.', now));
    await execution.goOn(step - now);
  }
}

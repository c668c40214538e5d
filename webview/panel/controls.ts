import { html, nothing, type TemplateResult } from 'lit-html';
import type { PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { button, textField } from '../ui.ts';

/** What can be asked for at the moment; a string says why not. */
export interface Availability {
  readonly train: boolean;
  readonly pause: boolean;
  readonly step: boolean;
  readonly stop: boolean;
  /** Step of the checkpoint that a lost run can go on from. */
  readonly resume: number | undefined;
  /** Training goes on with a paused run instead of starting one. */
  readonly continues: boolean;
  /** Another window trains the model: this one follows. */
  readonly isViewer: boolean;
  /** Nothing can be trained before the model file is right. */
  readonly hasProblems: boolean;
}

/** Which controls mean something, for what the panel shows. */
export function availability(store: PanelStore): Availability {
  const { model, run, pending } = store;
  const hasProblems = model?.problems.some(({ severity }) => severity === 'error') ?? false;
  const isFree = model !== null && pending === null && run?.writer === undefined;
  const state = run?.status.state ?? 'none';
  const canGoOn = state === 'paused' || state === 'ready';
  const canTrain = isFree && state !== 'training' && (canGoOn || !hasProblems);
  return {
    train: canTrain,
    pause: isFree && state === 'training',
    step: canTrain,
    stop: isFree && (canGoOn || state === 'training'),
    resume: isFree && run?.resumable ? run.resumable.step : undefined,
    continues: state === 'paused',
    isViewer: run?.writer !== undefined,
    hasProblems,
  };
}

/** A count of steps as it was typed; undefined when it is not one. */
export function parseStepCount(text: string): number | undefined {
  const digits = text.trim().replaceAll(/[,_\s]/g, '');
  if (!/^\d{1,7}$/.test(digits)) return undefined;
  const count = Number(digits);
  return count >= 1 && count <= 1_000_000 ? count : undefined;
}

/** Train, Pause, Step with its count, Stop, and Resume where there is something to resume. */
export class Controls {
  private readonly store: PanelStore;
  private readonly redraw: () => void;
  private typed: string;

  constructor(store: PanelStore, redraw: () => void) {
    this.store = store;
    this.redraw = redraw;
    this.typed = String(store.state.stepCount ?? 1);
  }

  template(): TemplateResult {
    const { store } = this;
    const can = availability(store);
    const count = parseStepCount(this.typed);
    const followed = can.isViewer ? texts.controlledElsewhere : undefined;
    const fix = followed ?? (can.hasProblems && !can.train ? texts.fixFirst : undefined);
    const step = () => {
      if (can.step && count !== undefined) store.send({ type: 'step', count });
    };
    return html`<div class="controls" role="toolbar" aria-label=${texts.controls}>
      ${
        can.resume === undefined
          ? nothing
          : button({
              name: 'resume',
              icon: 'resume',
              label: texts.resume,
              title: texts.resumeTitle(can.resume),
              primary: true,
              onClick: () => store.send({ type: 'resume' }),
            })
      }
      ${button({
        name: 'train',
        icon: 'play',
        label: can.continues ? texts.continue : texts.train,
        title: fix ?? (can.continues ? texts.continueTitle : texts.trainTitle),
        primary: can.resume === undefined,
        disabled: !can.train,
        onClick: () => store.send({ type: 'train' }),
      })}
      ${button({
        name: 'pause',
        icon: 'pause',
        label: texts.pause,
        title: followed ?? texts.pauseTitle,
        disabled: !can.pause,
        onClick: () => store.send({ type: 'pause' }),
      })}
      ${button({
        name: 'stop',
        icon: 'stop',
        label: texts.stop,
        title: followed ?? texts.stopTitle,
        disabled: !can.stop,
        onClick: () => store.send({ type: 'stop' }),
      })}
      <span class="stepping">
        ${button({
          name: 'step',
          icon: 'step',
          label: texts.step,
          title: fix ?? texts.stepTitle(count ?? 1),
          disabled: !can.step || count === undefined,
          onClick: step,
        })}
        ${textField({
          label: texts.stepCount,
          value: this.typed,
          problem: count === undefined ? texts.badCount : undefined,
          size: 6,
          onInput: (value) => this.type(value),
          onEnter: step,
        })}
        <span class="detail" aria-hidden="true">${texts.steps}</span>
      </span>
    </div>`;
  }

  private type(value: string): void {
    this.typed = value;
    const count = parseStepCount(value);
    if (count !== undefined) this.store.remember({ stepCount: count });
    this.redraw();
  }
}

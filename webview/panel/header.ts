import { html, nothing, type TemplateResult } from 'lit-html';
import { formatCount, formatDuration, formatNumber } from '../format.ts';
import type { PanelRun, PanelStore } from '../store.ts';
import { texts } from '../texts.ts';

type ShownState = keyof typeof texts.states;

/** What the run is doing, in one word. */
export function shownState(store: PanelStore): ShownState {
  const { run, pending } = store;
  const isIdle = run?.status.state !== 'training';
  if (isIdle && (pending === 'train' || pending === 'step' || pending === 'resume')) {
    return 'waiting';
  }
  if (!run) return 'none';
  return run.resumable && run.status.state === 'failed' ? 'lost' : run.status.state;
}

function metric(name: string, label: string, value: string): TemplateResult {
  return html`<div class="metric" data-metric=${name}>
    <dt>${label}</dt>
    <dd>${value}</dd>
  </div>`;
}

function metrics(run: PanelRun): TemplateResult {
  const { status, info, series, validations } = run;
  const validation = validations.at(-1);
  const left = (info.steps - status.step) / status.stepsPerSecond;
  const isTraining = status.state === 'training' && status.stepsPerSecond > 0;
  return html`<dl class="metrics">
    ${metric('step', texts.metrics.step, `${formatCount(status.step)} / ${formatCount(info.steps)}`)}
    ${metric('loss', texts.metrics.loss, formatLoss(series.latestScalar('loss')))}
    ${
      validation
        ? metric('validation', texts.metrics.validation, formatLoss(validation.loss))
        : nothing
    }
    ${metric('speed', texts.metrics.speed, formatSpeed(status.stepsPerSecond))}
    ${isTraining ? metric('remaining', texts.metrics.remaining, formatDuration(left)) : nothing}
  </dl>`;
}

/** A loss, whose third digit after the point is what people compare. */
function formatLoss(loss: number): string {
  return Math.abs(loss) < 100 && Math.abs(loss) >= 0.01 ? loss.toFixed(3) : formatNumber(loss);
}

function formatSpeed(stepsPerSecond: number): string {
  if (!(stepsPerSecond > 0)) return formatNumber(NaN);
  return stepsPerSecond >= 100 ? formatCount(stepsPerSecond) : stepsPerSecond.toPrecision(3);
}

/** Name of the model, state of the run, its numbers. */
export function headerTemplate(store: PanelStore): TemplateResult {
  const { model, run } = store;
  const state = shownState(store);
  return html`<div class="identity">
      <h1 title=${model?.fileName ?? ''}>${model?.name ?? ''}</h1>
      <span class="state" data-state=${state} role="status">${texts.states[state]}</span>
    </div>
    ${run ? metrics(run) : nothing}`;
}

/** How far the run is. Moves while the engine starts, where movement is welcome. */
export function progressTemplate(store: PanelStore): TemplateResult {
  const { run } = store;
  const share = run && run.info.steps > 0 ? Math.min(1, run.status.step / run.info.steps) : 0;
  const isWaiting = shownState(store) === 'waiting';
  return html`<div
    class=${`progress${isWaiting ? ' waiting' : ''}`}
    role="progressbar"
    aria-label=${texts.progress}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${Math.round(share * 100)}
  >
    <svg viewBox="0 0 1000 1" preserveAspectRatio="none" aria-hidden="true">
      <rect width=${share * 1000} height="1" />
    </svg>
  </div>`;
}

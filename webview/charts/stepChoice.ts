import { html, render } from 'lit-html';
import type { RunSeries } from '../../src/statistics/series/runSeries.ts';
import { formatCount } from '../format.ts';
import { icon } from '../icons.ts';
import type { PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { speeds, StepPlayer } from './stepPlayer.ts';

/**
 * The step that charts over the norms show: the newest, or one that was chosen by the slider, in the heat map, or is come to by
 * playing. The space bar on the slider plays and pauses.
 */
export class StepChoice {
  readonly element = document.createElement('div');
  private readonly store: PanelStore;
  private readonly changed: () => void;
  private readonly player: StepPlayer;
  private series: RunSeries | undefined;
  private played: readonly number[] = [];
  private chosen: number | undefined;

  constructor(store: PanelStore, changed: () => void) {
    this.store = store;
    this.changed = changed;
    this.player = new StepPlayer(
      (entry) => this.show(this.played[entry]),
      () => this.show(undefined),
    );
    this.player.speed = speeds.find((speed) => speed === store.state.playSpeed) ?? 1;
    this.element.className = 'stepChoice';
  }

  /** Undefined for the newest. */
  get step(): number | undefined {
    return this.chosen;
  }

  /** Shows a step and stands still there. */
  choose(step: number | undefined): void {
    this.player.pause();
    this.show(step);
  }

  draw(series: RunSeries): void {
    this.series = series;
    const last = series.lastStep ?? 0;
    // A run that is newer and shorter has no such step.
    if (this.chosen !== undefined && this.chosen > last) this.choose(undefined);
    const shown = this.chosen ?? last;
    const { isPlaying } = this.player;
    const label = isPlaying ? texts.pausePlay : texts.play;
    render(
      html`<button
          class="menuButton"
          data-action="play-steps"
          title=${label}
          aria-label=${label}
          @click=${() => this.toggle()}
        >
          ${icon(isPlaying ? 'pause' : 'play')}
        </button>
        <input
          type="range"
          min="0"
          max=${last}
          .value=${String(shown)}
          aria-label=${texts.shownStep}
          aria-valuetext=${texts.atStep(formatCount(shown))}
          @input=${({ target }: Event) => {
            if (!(target instanceof HTMLInputElement)) return;
            const step = target.valueAsNumber;
            this.choose(step >= last ? undefined : step);
          }}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key !== ' ') return;
            event.preventDefault();
            this.toggle();
          }}
        />
        <output class="detail">${texts.atStep(formatCount(shown))}</output>
        <select
          aria-label=${texts.speed}
          title=${texts.speed}
          @change=${({ target }: Event) => {
            if (target instanceof HTMLSelectElement) this.setSpeed(target.selectedIndex);
          }}
        >
          ${speeds.map(
            (speed) =>
              html`<option ?selected=${speed === this.player.speed}>${`${speed} ×`}</option>`,
          )}
        </select>
        <button
          class="toggle"
          aria-pressed=${this.chosen === undefined ? 'true' : 'false'}
          title=${texts.newestTitle}
          @click=${() => this.choose(undefined)}
        >
          ${texts.newest}
        </button>`,
      this.element,
    );
  }

  private show(step: number | undefined): void {
    this.chosen = step;
    this.changed();
  }

  private setSpeed(index: number): void {
    const speed = speeds[index] ?? 1;
    this.player.speed = speed;
    this.store.remember({ playSpeed: speed });
  }

  private toggle(): void {
    if (this.player.isPlaying) this.player.pause();
    else this.play();
    this.changed();
  }

  /** From the shown step on, or from the beginning where that is the newest. */
  private play(): void {
    const { series, chosen } = this;
    if (!series) return;
    this.played = series.steps();
    const from = chosen === undefined ? 0 : this.played.findIndex((step) => step >= chosen);
    const start = Math.max(0, from);
    this.chosen = this.played[start];
    this.player.play(start, this.played.length - 1);
  }
}

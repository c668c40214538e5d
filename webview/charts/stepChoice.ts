import { html, render } from 'lit-html';
import type { RunSeries } from '../../src/statistics/series/runSeries.ts';
import { formatCount } from '../format.ts';
import { texts } from '../texts.ts';

/** The step that charts over the norms show: the newest, or one that was chosen by the slider or in the heat map. */
export class StepChoice {
  readonly element = document.createElement('div');
  private readonly changed: () => void;
  private chosen: number | undefined;

  constructor(changed: () => void) {
    this.changed = changed;
    this.element.className = 'stepChoice';
  }

  /** Undefined for the newest. */
  get step(): number | undefined {
    return this.chosen;
  }

  choose(step: number | undefined): void {
    this.chosen = step;
    this.changed();
  }

  draw(series: RunSeries): void {
    const last = series.lastStep ?? 0;
    // A run that is newer and shorter has no such step.
    if (this.chosen !== undefined && this.chosen > last) this.chosen = undefined;
    const shown = this.chosen ?? last;
    render(
      html`<input
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
        />
        <output class="detail">${texts.atStep(formatCount(shown))}</output>
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
}

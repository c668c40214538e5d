import { html, render } from 'lit-html';
import type { PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import type { ChartsView } from './chartsView.ts';

/** Heading of the charts, with what holds for all of them: which steps they show, and how smooth their curves are. */
export class ChartSettings {
  readonly element = document.createElement('div');
  private readonly store: PanelStore;
  private readonly charts: ChartsView;

  constructor(store: PanelStore, charts: ChartsView) {
    this.store = store;
    this.charts = charts;
    this.element.className = 'heading';
    this.draw();
  }

  private draw(): void {
    const { store, charts } = this;
    const { recent = false, smoothing = 0 } = store.state;
    render(
      html`<h2>${texts.statistics}</h2>
        <span class="detail hint">${texts.zoomHint}</span>
        <button
          class="toggle"
          data-action="recent"
          title=${texts.recentTitle}
          aria-pressed=${recent ? 'true' : 'false'}
          @click=${() => {
            store.remember({ recent: !recent });
            charts.showOtherSteps();
            this.draw();
          }}
        >
          ${texts.recent}
        </button>
        <label class="smoothing" title=${texts.smoothingTitle}
          >${texts.smoothing}
          <input
            type="range"
            min="0"
            max="0.98"
            step="0.02"
            .value=${String(smoothing)}
            @input=${({ target }: Event) => {
              if (!(target instanceof HTMLInputElement)) return;
              store.remember({ smoothing: target.valueAsNumber });
              charts.redraw();
            }}
        /></label>`,
      this.element,
    );
  }
}

import { html, render, type TemplateResult } from 'lit-html';
import type { PanelRun, PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { iconButton } from '../ui.ts';
import type { Chart } from './chart.ts';
import { normData } from './chartData.ts';
import { ComparedNorms } from './comparedNorms.ts';
import type { Curve } from './curves.ts';
import { HistogramPair } from './histogramPair.ts';
import { makeChart } from './makeChart.ts';
import { comparedNorms, shownNorm } from './shownNorm.ts';
import { withGhost, type ShownSteps } from './trainingSection.ts';

/** The two curves of every chart of a norm. */
export const beforeAndAfter: readonly Curve[] = [
  { label: texts.before, color: 'before', form: 'dashed' },
  { label: texts.after, color: 'after' },
];

/** One norm in detail: mean and variance over the steps, how its values are spread, and the choice of the norm. */
export class NormSection {
  private readonly store: PanelStore;
  private readonly mean: Chart;
  private readonly variance: Chart;
  private readonly compared: ComparedNorms;
  private readonly histograms: HistogramPair;
  private readonly choice = document.createElement('div');
  private readonly definition = document.createElement('p');

  constructor(store: PanelStore) {
    this.store = store;
    const common = { height: 200, curves: beforeAndAfter };
    this.mean = makeChart(store, {
      ...common,
      name: 'mean',
      title: texts.mean,
      canBeLogarithmic: false,
    });
    this.variance = makeChart(store, { ...common, name: 'variance', title: texts.variance });
    this.compared = new ComparedNorms(store, beforeAndAfter);
    this.histograms = new HistogramPair(store);
    this.choice.className = 'choice';
    this.definition.className = 'definition';
  }

  get charts(): readonly Chart[] {
    return [this.mean, this.variance, ...this.compared.charts, ...this.histograms.charts];
  }

  template(): TemplateResult {
    return html`<section class="section norm">
      ${this.choice}
      <div class="pair wide">${this.mean.element}${this.variance.element}</div>
      ${this.definition} ${this.compared.element} ${this.histograms.element}
    </section>`;
  }

  /** Place of the shown norm in the run's list; −1 where there is none. */
  shown(run: PanelRun): number {
    return shownNorm(run.info.norms, this.store.selection, this.store.state.norm);
  }

  /** Places of the norms of further selected layers, which are shown below it. */
  others(run: PanelRun): readonly number[] {
    return comparedNorms(run.info.norms, this.store.also, this.shown(run));
  }

  draw(run: PanelRun, steps: ShownSteps): void {
    const norm = this.shown(run);
    if (norm < 0) return;
    this.mean.setData(...withGhost(steps, (series) => normData(series, norm, 'mean')));
    this.variance.setData(...withGhost(steps, (series) => normData(series, norm, 'var')));
    this.compared.draw(steps);
  }

  drawHistograms(run: PanelRun): void {
    this.histograms.draw(run);
  }

  /** Shows which norms are shown, and returns their paths. */
  drawChoice(run: PanelRun, isNewRun: boolean): readonly string[] {
    const { norms } = run.info;
    const shown = this.shown(run);
    const path = norms[shown]?.path ?? null;
    if (path !== null && path !== this.store.state.norm) this.store.remember({ norm: path });
    const others = this.others(run);
    this.compared.show(run, others);
    this.definition.textContent = texts.definitions[rowsOf(norms[shown]?.type ?? '')];
    this.histograms.show(path, isNewRun);
    this.histograms.draw(run);
    const choose = (index: number) => {
      const target = norms[index]?.path;
      if (target !== undefined) this.store.select(target);
    };
    render(
      html`<h3 id="norm-label">${texts.norm}</h3>
        <select
          aria-labelledby="norm-label"
          @change=${({ target }: Event) => {
            if (target instanceof HTMLSelectElement) choose(target.selectedIndex);
          }}
        >
          ${norms.map(
            (norm, i) =>
              html`<option ?selected=${i === shown}>${norm.path} · ${norm.type}</option>`,
          )}
        </select>
        ${iconButton('previous', texts.previousNorm, () => choose(shown - 1), shown <= 0)}
        ${iconButton('next', texts.nextNorm, () => choose(shown + 1), shown >= norms.length - 1)}`,
      this.choice,
    );
    const select = this.choice.querySelector('select');
    if (select) select.selectedIndex = shown;
    return [shown, ...others].flatMap((norm) => norms[norm]?.path ?? []);
  }
}

/** What a norm takes mean and variance of, each time by itself. */
function rowsOf(norm: string): 'token' | 'channel' | 'group' {
  if (norm.startsWith('Group')) return 'group';
  return norm.startsWith('Batch') || norm.startsWith('Instance') ? 'channel' : 'token';
}

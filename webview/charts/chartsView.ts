import { html, nothing, render, type TemplateResult } from 'lit-html';
import { drawInTurn, numbersEvery, throttle } from '../frames.ts';
import type { Change, PanelRun, PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { hasAccuracy } from './chartData.ts';
import { DepthSection } from './depthSection.ts';
import { NormCards } from './normCards.ts';
import { NormSection } from './normSection.ts';
import { NormTable } from './normTable.ts';
import { TrainingSection, type ShownSteps } from './trainingSection.ts';

/** Time between two drawings of the charts, in milliseconds: fluid, and cheap beside a training. */
const chartsEvery = 40;
/** A table is read row by row, and its columns are laid out anew with every number. */
const tableEvery = 400;

/** Norms from which on a curve over them says something. */
const fewestForDepth = 3;

/** Charts, cards and table of a run. */
export class ChartsView {
  private readonly store: PanelStore;
  private readonly body: HTMLElement;
  private readonly training: TrainingSection;
  private readonly norm: NormSection;
  private readonly depth: DepthSection;
  private readonly cards: NormCards;
  private readonly table: NormTable;
  private readonly numbersSoon: () => void;
  private readonly chartsSoon: () => void;
  private readonly tableDrawing = () => this.table.draw();
  private readonly tableSoon = throttle(() => drawInTurn(this.tableDrawing), tableEvery);
  private isEmpty = true;
  private isScored = false;
  private drawn = '';

  constructor(body: HTMLElement, store: PanelStore) {
    this.store = store;
    this.body = body;
    this.numbersSoon = throttle(() => this.drawNumbers(), numbersEvery);
    this.chartsSoon = throttle(() => this.drawCharts(), chartsEvery);
    this.training = new TrainingSection(store);
    this.norm = new NormSection(store);
    this.depth = new DepthSection(store);
    this.cards = new NormCards(store, this.numbersSoon);
    this.table = new NormTable(store);
  }

  update(changes: ReadonlySet<Change>): void {
    const { run } = this.store;
    const isEmpty = run?.series.lastStep === undefined;
    const isScored = run !== null && hasAccuracy(run.series, run.validations);
    const isNew = changes.has('run') || isEmpty !== this.isEmpty || isScored !== this.isScored;
    this.isEmpty = isEmpty;
    this.isScored = isScored;
    if (isNew || changes.has('model')) this.build();
    if (!run || isEmpty) return;
    if (isNew) {
      this.drawn = '';
      this.cards.build(run);
    }
    if (changes.has('selection') || isNew) {
      this.cards.select(this.norm.drawChoice(run, changes.has('run')));
    }
    if (changes.has('histogram') || changes.has('status')) this.norm.drawHistograms(run);
    this.chartsSoon();
    this.numbersSoon();
    this.depth.drawMapSoon();
  }

  /** Draws again after the panel's settings of charts changed. */
  redraw(): void {
    this.drawn = '';
    this.chartsSoon();
  }

  /** Draws the charts of steps anew after it was chosen which steps they show. */
  showOtherSteps(): void {
    for (const chart of [...this.training.charts, ...this.norm.charts]) chart.showWhole();
    this.redraw();
  }

  restyle(): void {
    const sections = [this.training, this.norm, this.depth];
    for (const chart of sections.flatMap(({ charts }) => charts)) chart.restyle();
    this.depth.restyle();
  }

  private build(): void {
    const { run, model } = this.store;
    if (!run || this.isEmpty) {
      const empty = run
        ? emptyTemplate(texts.noStepsTitle, texts.noSteps)
        : emptyTemplate(texts.noRunTitle, texts.noRun);
      render(model ? empty : nothing, this.body);
      return;
    }
    render(
      html`${this.training.template(this.isScored)}
      ${
        run.info.norms.length > 0
          ? this.normsTemplate(run)
          : emptyTemplate(texts.noNormsTitle, texts.noNorms)
      }`,
      this.body,
    );
  }

  private normsTemplate(run: PanelRun): TemplateResult {
    return html`${this.norm.template()} ${this.hasDepth(run) ? this.depth.template() : nothing}
      <section class="section">
        <div class="sectionHeading">
          <h3>${texts.allNorms}</h3>
          <span class="detail">${texts.allNormsHint}</span>
        </div>
        ${this.cards.element}
      </section>
      ${this.table.element}`;
  }

  private hasDepth(run: PanelRun): boolean {
    return run.info.norms.length >= fewestForDepth;
  }

  private drawCharts(): void {
    const { run } = this.store;
    if (!run || this.isEmpty) return;
    const shown = [this.norm.shown(run), ...this.norm.others(run)].join(' ');
    const drawn = `${run.series.version} ${shown}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const { smoothing = 0 } = this.store.state;
    const steps = this.steps(run);
    this.training.draw(run, steps, smoothing);
    this.norm.draw(run, steps);
  }

  /** The recent steps, where these are wanted and known. */
  private steps({ series }: PanelRun): ShownSteps {
    const { recent } = series;
    const isPart = series.steps()[0] !== recent.steps()[0];
    return this.store.state.recent === true && isPart && recent.steps().length > 1
      ? { series: recent, whole: series }
      : { series, whole: undefined };
  }

  private drawNumbers(): void {
    const { run } = this.store;
    if (!run || this.isEmpty) return;
    this.cards.draw();
    this.tableSoon();
    if (this.hasDepth(run)) this.depth.draw(run);
  }
}

function emptyTemplate(title: string, text: string): TemplateResult {
  return html`<div class="empty">
    <h3>${title}</h3>
    <p>${text}</p>
  </div>`;
}

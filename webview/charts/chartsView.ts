import { html, nothing, render, type TemplateResult } from 'lit-html';
import { throttle } from '../frames.ts';
import type { Change, PanelRun, PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { iconButton } from '../ui.ts';
import { Chart, stepAxis, type ChartAxis } from './chart.ts';
import {
  accuracyData,
  depthData,
  gradientData,
  hasAccuracy,
  lossData,
  normData,
  rateData,
} from './chartData.ts';
import { heatColumns, HeatMap } from './heatMap.ts';
import { NormCards } from './normCards.ts';
import { NormTable } from './normTable.ts';
import { shownNorm } from './shownNorm.ts';
import { StepChoice } from './stepChoice.ts';

/** Time between two drawings of the charts, in milliseconds: fluid, and cheap beside a training. */
const chartsEvery = 40;
/** Numbers that change faster than this cannot be read. */
const numbersEvery = 125;
/** A map of all norms and steps is a lot to draw, and changes little from one step to the next. */
const mapEvery = 1000;

/** Norms from which on a curve over them says something. */
const fewestForDepth = 3;

const beforeAndAfter = [
  { label: texts.before, color: 'before', dashed: true },
  { label: texts.after, color: 'after' },
] as const;

/** Charts, cards and table of a run. */
export class ChartsView {
  private readonly store: PanelStore;
  private readonly body: HTMLElement;
  private readonly loss: Chart;
  private readonly accuracy: Chart;
  private readonly gradient: Chart;
  private readonly rate: Chart;
  private readonly mean: Chart;
  private readonly variance: Chart;
  private readonly depth: Chart;
  private readonly cards: NormCards;
  private readonly table: NormTable;
  private readonly heatMap: HeatMap;
  private readonly stepChoice: StepChoice;
  private readonly mapSoon: () => void;
  private readonly numbersSoon: () => void;
  private readonly chartsSoon: () => void;
  private isEmpty = true;
  private isScored = false;
  private drawnVersion = -1;
  private drawnNorm = -1;

  constructor(body: HTMLElement, store: PanelStore) {
    this.store = store;
    this.body = body;
    this.loss = this.chart('loss', texts.loss, 200, [
      { label: texts.trainingLoss, color: 'loss' },
      { label: texts.validationLoss, color: 'validation', dots: true },
    ]);
    this.accuracy = this.chart(
      'accuracy',
      texts.accuracy,
      160,
      [
        { label: texts.trainingLoss, color: 'loss' },
        { label: texts.validationLoss, color: 'validation', dots: true },
      ],
      false,
    );
    this.gradient = this.chart('gradient', texts.gradientNorm, 140, [
      { label: texts.gradientNorm, color: 'gradient' },
    ]);
    const rate = [{ label: texts.learningRate, color: 'rate' }] as const;
    this.rate = this.chart('rate', texts.learningRate, 140, rate, false);
    this.mean = this.chart('mean', texts.mean, 200, beforeAndAfter, false);
    this.variance = this.chart('variance', texts.variance, 200, beforeAndAfter);
    this.depth = this.chart('depth', texts.varianceByDepth, 160, beforeAndAfter, true, {
      name: 'depth',
      position: texts.norm,
      tick: (norm) => (Number.isInteger(norm) ? String(norm + 1) : ''),
      describe: (norm) => this.store.run?.info.norms[norm]?.path ?? '',
    });
    this.numbersSoon = throttle(() => this.drawNumbers(), numbersEvery);
    this.chartsSoon = throttle(() => this.drawCharts(), chartsEvery);
    this.mapSoon = throttle(() => this.drawMap(), mapEvery);
    this.stepChoice = new StepChoice(() => {
      this.drawNumbers();
      this.drawMap();
    });
    this.heatMap = new HeatMap({
      column: heatColumns.find((column) => column === store.state.heatColumn) ?? heatColumns[0],
      onColumn: (heatColumn) => store.remember({ heatColumn }),
      onChoose: (step, norm) => {
        const path = store.run?.info.norms[norm]?.path;
        if (path !== undefined) store.select(path);
        this.stepChoice.choose(step);
      },
      onSave: (name, content, encoding) => this.save(name, content, encoding),
    });
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
      this.drawnVersion = -1;
      this.cards.build(run);
    }
    if (changes.has('selection') || isNew) this.drawChoice(run);
    this.chartsSoon();
    this.numbersSoon();
    this.mapSoon();
  }

  /** Draws again after the panel's settings of charts changed. */
  redraw(): void {
    this.drawnVersion = -1;
    this.chartsSoon();
  }

  restyle(): void {
    for (const chart of this.charts()) chart.restyle();
    this.heatMap.restyle();
  }

  private charts(): readonly Chart[] {
    return [
      this.loss,
      this.accuracy,
      this.gradient,
      this.rate,
      this.mean,
      this.variance,
      this.depth,
    ];
  }

  private chart(
    name: string,
    title: string,
    height: number,
    curves: ConstructorParameters<typeof Chart>[0]['curves'],
    canBeLogarithmic = true,
    axis: ChartAxis = stepAxis,
  ): Chart {
    const logarithmic = this.store.state.logarithmic?.[name] ?? false;
    const onLogarithmic = (value: boolean) => {
      this.store.remember({ logarithmic: { ...this.store.state.logarithmic, [name]: value } });
    };
    return new Chart({
      name,
      title,
      onSave: (file, content, encoding) => this.save(file, content, encoding),
      axis,
      height,
      curves,
      logarithmic,
      onLogarithmic: canBeLogarithmic ? onLogarithmic : undefined,
    });
  }

  private save(name: string, content: string, encoding: 'utf8' | 'base64'): void {
    const model = this.store.run?.info.modelName ?? '';
    this.store.send({ type: 'save', name: `${model}-${name}`, content, encoding });
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
    const hasNorms = run.info.norms.length > 0;
    render(
      html`<section class="section training">
          ${this.loss.element} ${this.isScored ? this.accuracy.element : nothing}
          <div class="pair">${this.gradient.element}${this.rate.element}</div>
        </section>
        ${
          hasNorms
            ? html`<section class="section norm">
                  <div class="choice"></div>
                  <div class="pair wide">${this.mean.element}${this.variance.element}</div>
                  <p class="definition"></p>
                </section>
                ${
                  run.info.norms.length >= fewestForDepth
                    ? html`<section class="section">
                          ${this.depth.element} ${this.stepChoice.element}
                        </section>
                        <section class="section">${this.heatMap.element}</section>`
                    : nothing
                }
                <section class="section">
                  <div class="sectionHeading">
                    <h3>${texts.allNorms}</h3>
                    <span class="detail">${texts.allNormsHint}</span>
                  </div>
                  ${this.cards.element}
                </section>
                ${this.table.element}`
            : emptyTemplate(texts.noNormsTitle, texts.noNorms)
        }`,
      this.body,
    );
  }

  private drawCharts(): void {
    const { run } = this.store;
    if (!run || this.isEmpty) return;
    const norm = shownNorm(run.info.norms, this.store.selection, this.store.state.norm);
    const { version } = run.series;
    if (version === this.drawnVersion && norm === this.drawnNorm) return;
    this.drawnVersion = version;
    this.drawnNorm = norm;
    const { smoothing = 0 } = this.store.state;
    const { stepsPerEpoch } = run.info;
    this.loss.setData(lossData(run.series, run.validations, smoothing), stepsPerEpoch);
    if (this.isScored) {
      this.accuracy.setData(accuracyData(run.series, run.validations, smoothing), stepsPerEpoch);
    }
    this.gradient.setData(gradientData(run.series, smoothing));
    this.rate.setData(rateData(run.series));
    if (norm < 0) return;
    this.mean.setData(normData(run.series, norm, 'mean'));
    this.variance.setData(normData(run.series, norm, 'var'));
  }

  private drawNumbers(): void {
    const { run } = this.store;
    if (!run || this.isEmpty) return;
    this.cards.update(run);
    this.table.draw();
    if (run.info.norms.length < fewestForDepth) return;
    this.stepChoice.draw(run.series);
    this.depth.setData(depthData(run.series, this.stepChoice.step));
  }

  private drawMap(): void {
    const { run } = this.store;
    if (!run || this.isEmpty || run.info.norms.length < fewestForDepth) return;
    this.heatMap.setData(run.series, run.info.norms, this.stepChoice.step);
  }

  private drawChoice(run: PanelRun): void {
    const { norms } = run.info;
    const shown = shownNorm(norms, this.store.selection, this.store.state.norm);
    const path = norms[shown]?.path ?? null;
    if (path !== null && path !== this.store.state.norm) this.store.remember({ norm: path });
    this.cards.select(path);
    const definition = this.body.querySelector('.definition');
    if (definition) definition.textContent = texts.definitions[rowsOf(norms[shown]?.type ?? '')];
    const place = this.body.querySelector<HTMLElement>('.choice');
    if (!place) return;
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
      place,
    );
    const select = place.querySelector('select');
    if (select) select.selectedIndex = shown;
  }
}

/** What a norm takes mean and variance of, each time by itself. */
function rowsOf(norm: string): 'token' | 'channel' | 'group' {
  if (norm.startsWith('Group')) return 'group';
  return norm.startsWith('Batch') || norm.startsWith('Instance') ? 'channel' : 'token';
}

function emptyTemplate(title: string, text: string): TemplateResult {
  return html`<div class="empty">
    <h3>${title}</h3>
    <p>${text}</p>
  </div>`;
}

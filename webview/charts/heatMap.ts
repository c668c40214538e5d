import { html, render } from 'lit-html';
import UPlot from 'uplot';
import type { NormInfo } from '../../src/protocol/engine.ts';
import type { RunSeries } from '../../src/statistics/series/runSeries.ts';
import type { NormColumn } from '../../src/statistics/taps.ts';
import { formatCount, formatNumber } from '../format.ts';
import { drawInTurn } from '../frames.ts';
import { menuButton } from '../menu.ts';
import { pngOfChart } from '../export/png.ts';
import { texts } from '../texts.ts';
import { axisFont, color } from '../theme.ts';
import { writeText } from '../writeText.ts';
import { stepAxis } from './chartAxis.ts';
import { colorAt, meanScale, varianceScale, type ColorScale } from './colorScale.ts';
import { csvOf, type TableData } from './tableData.ts';
import { TwinTable } from './twinTable.ts';

/** What the map can show. */
export const heatColumns = [
  'in.var',
  'out.var',
  'in.mean',
  'out.mean',
] as const satisfies readonly NormColumn[];
export type HeatColumn = (typeof heatColumns)[number];

const rowHeight = 12;
const leastHeight = 120;
const mostHeight = 420;
const axisHeight = 32;
/** More than the eye tells apart; a colour for each value by itself would take long. */
const shades = Array.from({ length: 256 }, (_, i) => i / 255);

export interface HeatMapOptions {
  readonly column: HeatColumn;
  readonly onColumn: (column: HeatColumn) => void;
  /** A cell was pressed. */
  readonly onChoose: (step: number, norm: number) => void;
  readonly onSave: (name: string, content: string, encoding: 'utf8' | 'base64') => void;
}

/** One statistic of all norms over all steps: a row for each norm in the order of computation, colours for values. */
export class HeatMap {
  readonly element = document.createElement('figure');
  private readonly heading = document.createElement('figcaption');
  private readonly body = document.createElement('div');
  private readonly options: HeatMapOptions;
  private readonly twin: TwinTable;
  private readonly cells = document.createElement('canvas');
  private column: HeatColumn;
  private plot: UPlot | undefined;
  private plotted = '';
  private series: RunSeries | undefined;
  private norms: readonly NormInfo[] = [];
  private steps: readonly number[] = [];
  private values = new Float64Array();
  private scale: ColorScale = varianceScale(this.values);
  private chosen: number | undefined;
  private isSeen = false;
  private width = 0;
  private readonly drawing = () => this.draw();

  constructor(options: HeatMapOptions) {
    this.options = options;
    this.column = options.column;
    this.element.className = 'chart heatMap';
    this.element.setAttribute('aria-label', texts.heatMap);
    this.body.className = 'plot';
    this.twin = new TwinTable(texts.heatMap, () => this.table());
    this.element.append(this.heading, this.body, this.twin.element);
    new ResizeObserver(([entry]) => {
      this.width = Math.round(entry?.contentRect.width ?? 0);
      this.draw();
    }).observe(this.body);
    new IntersectionObserver((entries) => {
      this.isSeen = entries.some((entry) => entry.isIntersecting);
      this.draw();
    }).observe(this.body);
  }

  /** Takes the newest numbers; `chosen` is the step that other charts show, undefined for the newest. */
  setData(series: RunSeries, norms: readonly NormInfo[], chosen: number | undefined): void {
    this.series = series;
    this.norms = norms;
    this.chosen = chosen;
    drawInTurn(this.drawing);
  }

  /** Marks another step; undefined for the newest, which has no mark. */
  mark(step: number | undefined): void {
    if (step === this.chosen) return;
    this.chosen = step;
    this.plot?.redraw(false);
  }

  restyle(): void {
    this.plotted = '';
    this.draw();
  }

  private draw(): void {
    const { series, norms } = this;
    if (!this.isSeen || !series || this.width === 0) return;
    this.steps = series.steps();
    this.values = new Float64Array(norms.length * this.steps.length);
    for (let norm = 0; norm < norms.length; norm++) {
      this.values.set(series.norm(norm, this.column), norm * this.steps.length);
    }
    this.scale = this.column.endsWith('var') ? varianceScale(this.values) : meanScale(this.values);
    this.paintCells();
    this.drawHeading();
    this.drawPlot();
    this.twin.draw();
  }

  /** One pixel for each value. */
  private paintCells(): void {
    const width = Math.max(1, this.steps.length);
    const height = Math.max(1, this.norms.length);
    this.cells.width = width;
    this.cells.height = height;
    const context = this.cells.getContext('2d');
    if (!context) return;
    const image = context.createImageData(width, height);
    const { scale, values } = this;
    const pixels = shades.map((at) => Uint8ClampedArray.of(...colorAt(scale.colors, at), 255));
    for (let i = 0; i < values.length; i++) {
      const pixel = pixels[Math.round(scale.at(values[i]!) * (shades.length - 1))];
      if (pixel) image.data.set(pixel, i * 4);
    }
    context.putImageData(image, 0, 0);
  }

  private drawPlot(): void {
    const first = this.steps[0] ?? 0;
    // A single step has no extent: a second position gives it one.
    const positions = this.steps.length > 1 ? [...this.steps] : [first, first + 1];
    const data: UPlot.AlignedData = [positions, positions.map(() => null)];
    const size = { width: this.width, height: this.height() };
    const key = `${size.width} ${size.height} ${this.norms.length}`;
    const { plot } = this;
    if (plot && key === this.plotted) {
      plot.batch(() => plot.setData(data));
      return;
    }
    this.plotted = key;
    plot?.destroy();
    this.plot = new UPlot(this.plotOptions(size), data, this.body);
    this.plot.root.setAttribute('aria-hidden', 'true');
  }

  private height(): number {
    const rows = this.norms.length * rowHeight;
    return axisHeight + Math.min(mostHeight, Math.max(leastHeight, rows));
  }

  private plotOptions(size: { readonly width: number; readonly height: number }): UPlot.Options {
    const axis: UPlot.Axis = {
      stroke: () => color('axis'),
      font: axisFont(),
      gap: 4,
      grid: { show: false },
    };
    return {
      ...size,
      padding: [4, 16, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false },
        y: { dir: -1, range: () => [-0.5, this.norms.length - 0.5] },
      },
      axes: [
        { ...axis, size: 24, space: 72, values: (_, ticks) => stepAxis.ticks(ticks) },
        {
          ...axis,
          size: 52,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000],
          values: (_, ticks) => ticks.map((norm) => String(norm + 1)),
        },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      cursor: {
        points: { show: false },
        drag: { x: true, y: false, dist: 4 },
        sync: { key: `normscope-${stepAxis.name}`, scales: ['x', null] },
      },
      hooks: {
        drawClear: [(plot) => this.paint(plot)],
        setCursor: [() => this.writeLegend()],
        ready: [(plot) => plot.over.addEventListener('click', () => this.choose(plot))],
      },
    };
  }

  private paint(plot: UPlot): void {
    const { ctx, bbox } = plot;
    const { steps } = this;
    const [first = 0, last = 0] = [steps[0], steps.at(-1)];
    const x = plot.valToPos(first, 'x', true);
    const width = plot.valToPos(Math.max(last, first + 1), 'x', true) - x;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(this.cells, x, bbox.top, width, bbox.height);
    if (this.chosen !== undefined) {
      ctx.fillStyle = color('axis');
      ctx.fillRect(plot.valToPos(this.chosen, 'x', true) - 1, bbox.top, 2, bbox.height);
    }
    ctx.restore();
  }

  private at(
    plot: UPlot,
  ): { readonly step: number; readonly norm: number; readonly value: number } | undefined {
    const { idx, top } = plot.cursor;
    if (idx === null || idx === undefined || top === undefined || top < 0) return undefined;
    const norm = Math.round(plot.posToVal(top, 'y'));
    const step = this.steps[idx];
    if (step === undefined || norm < 0 || norm >= this.norms.length) return undefined;
    return { step, norm, value: this.values[norm * this.steps.length + idx] ?? NaN };
  }

  private choose(plot: UPlot): void {
    const cell = this.at(plot);
    if (cell && plot.select.width === 0) this.options.onChoose(cell.step, cell.norm);
  }

  private drawHeading(): void {
    const { low, high, colors } = this.scale;
    const stops = colors.map((rgb) => `rgb(${rgb.join(' ')})`).join(', ');
    const save = this.options.onSave;
    render(
      html`<h3>${texts.heatMap}</h3>
        <select
          aria-label=${texts.heatMapShows}
          @change=${({ target }: Event) => {
            if (target instanceof HTMLSelectElement) this.show(target.selectedIndex);
          }}
        >
          ${heatColumns.map(
            (column) =>
              html`<option ?selected=${column === this.column}>
                ${texts.heatColumns[column]}
              </option>`,
          )}
        </select>
        <span class="readout">
          <span class="at"></span>
          <output class="value"></output>
          <span class="entry"
            >${formatNumber(low)}<span class="ramp"></span>${formatNumber(high)}</span
          >
        </span>
        ${menuButton('heat-map', 'save', texts.chartMenu, [
          { name: 'table', label: texts.showTable, onClick: () => this.twin.toggle() },
          {
            name: 'save-csv',
            label: texts.saveCsv,
            onClick: () => save(`${texts.heatMap}.csv`, csvOf(this.table()), 'utf8'),
          },
          { name: 'save-png', label: texts.savePng, onClick: () => this.savePng() },
        ])}`,
      this.heading,
    );
    // The policy of the page lets styles in by script alone.
    this.heading
      .querySelector<HTMLElement>('.ramp')
      ?.style.setProperty('background', `linear-gradient(to right, ${stops})`);
  }

  private savePng(): void {
    const canvas = this.plot?.ctx.canvas;
    if (canvas)
      this.options.onSave(
        `${texts.heatMap}.png`,
        pngOfChart(canvas, `${texts.heatMap}: ${texts.heatColumns[this.column]}`),
        'base64',
      );
  }

  private show(index: number): void {
    this.column = heatColumns[index] ?? this.column;
    this.options.onColumn(this.column);
    this.draw();
  }

  private writeLegend(): void {
    const cell = this.plot && this.at(this.plot);
    const path = cell && this.norms[cell.norm]?.path;
    writeText(
      this.heading.querySelector('.at'),
      cell ? `${path ?? ''} · ${texts.atStep(formatCount(cell.step))}` : '',
    );
    writeText(this.heading.querySelector('.value'), cell ? formatNumber(cell.value) : '');
  }

  private table(): TableData {
    const { steps, norms, values } = this;
    return {
      columns: [texts.metrics.step, ...norms.map(({ path }) => path)],
      rows: steps.map((step, i) => [
        step,
        ...norms.map((_, norm) => values[norm * steps.length + i] ?? NaN),
      ]),
    };
  }
}

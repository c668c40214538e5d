import { html, nothing, render, svg, type SVGTemplateResult } from 'lit-html';
import UPlot from 'uplot';
import { formatCount, formatNumber } from '../format.ts';
import { menuButton } from '../menu.ts';
import { pngOfChart } from '../export/png.ts';
import { texts } from '../texts.ts';
import { axisFont, color, type ColorName } from '../theme.ts';
import type { ChartData } from './curves.ts';
import { drawEpochs } from './epochMarks.ts';
import { csvOf, tableOf, type TableData } from './tableData.ts';
import { TwinTable } from './twinTable.ts';

/** One curve of a chart. */
export interface Curve {
  readonly label: string;
  readonly color: ColorName;
  readonly dashed?: boolean;
  /** Drawn as dots, joined by a thin line. */
  readonly dots?: boolean;
}

/** What lies along the chart. */
export interface ChartAxis {
  /** Charts with the same name have a common cursor and zoom. */
  readonly name: string;
  /** What a position is. */
  readonly position: string;
  /** Text of a tick; empty for none. */
  readonly tick: (position: number) => string;
  /** What the legend says of the position under the cursor. */
  readonly describe: (position: number) => string;
}

/** Steps of a run. */
export const stepAxis: ChartAxis = {
  name: 'step',
  position: texts.metrics.step,
  tick: (step) => (Number.isInteger(step) ? formatCount(step) : ''),
  describe: (step) => texts.atStep(formatCount(step)),
};

export interface ChartOptions {
  /** Unique on the page. */
  readonly name: string;
  readonly title: string;
  readonly axis: ChartAxis;
  readonly curves: readonly Curve[];
  readonly height: number;
  readonly logarithmic: boolean;
  /** Asks where to save a file. */
  readonly onSave: (name: string, content: string, encoding: 'utf8' | 'base64') => void;
  /** Called when the user changes the value axis; without it, the axis has no switch. */
  readonly onLogarithmic?: ((logarithmic: boolean) => void) | undefined;
}

const bandOpacity = 0.18;

function numberOrGap(value: number | undefined, logarithmic: boolean): number | null {
  if (value === undefined || !Number.isFinite(value)) return null;
  return logarithmic && value <= 0 ? null : value;
}

/** A chart with a title, a legend that follows the cursor, and a switch of its value axis. */
export class Chart {
  readonly element: HTMLElement;
  private readonly heading: HTMLElement;
  private readonly body: HTMLElement;
  private readonly options: ChartOptions;
  private logarithmic: boolean;
  private plot: UPlot | undefined;
  private data: ChartData = { positions: [], curves: [] };
  private readonly twin: TwinTable;
  private stepsPerEpoch: number | undefined;
  private isSeen = true;
  private isZoomed = false;
  private isStale = false;

  constructor(options: ChartOptions) {
    this.options = options;
    this.logarithmic = options.logarithmic;
    this.element = document.createElement('figure');
    this.element.className = 'chart';
    this.element.setAttribute('aria-label', options.title);
    this.heading = document.createElement('figcaption');
    this.body = document.createElement('div');
    this.body.className = 'plot';
    this.twin = new TwinTable(options.title, () => this.table());
    this.element.append(this.heading, this.body, this.twin.element);
    this.drawHeading();
    new ResizeObserver(() => this.resize()).observe(this.body);
    new IntersectionObserver((entries) => {
      this.isSeen = entries.some((entry) => entry.isIntersecting);
      if (this.isSeen && this.isStale) this.redraw();
    }).observe(this.body);
  }

  /** Takes new data; drawn at once if it is seen, else when it comes into sight. Epochs are marked where their length is given. */
  setData(data: ChartData, stepsPerEpoch?: number): void {
    this.data = data;
    this.stepsPerEpoch = stepsPerEpoch;
    if (this.isSeen) this.redraw();
    else this.isStale = true;
  }

  /** Takes the colours and the font of the theme again. */
  restyle(): void {
    this.rebuild();
  }

  private redraw(): void {
    this.isStale = false;
    if (!this.plot) this.rebuild();
    else this.plot.setData(this.aligned(), !this.isZoomed);
    this.writeLegend();
    this.twin.draw();
  }

  private resize(): void {
    const { clientWidth } = this.body;
    if (clientWidth === 0) return;
    if (this.plot) this.plot.setSize({ width: clientWidth, height: this.options.height });
    else this.redraw();
  }

  private rebuild(): void {
    const width = this.body.clientWidth;
    if (width === 0) return;
    this.plot?.destroy();
    this.isZoomed = false;
    this.plot = new UPlot(this.plotOptions(width), this.aligned(), this.body);
    // What it shows is told by the legend and by the table.
    this.plot.root.setAttribute('aria-hidden', 'true');
  }

  /** Each curve is three series: its values, and the upper and lower edge of its band. */
  private aligned(): UPlot.AlignedData {
    const { curves } = this.data;
    const [first, ...others] = this.data.positions;
    if (first === undefined) return [[], ...this.options.curves.flatMap(() => [[], [], []])];
    // A single position has no extent: a second one without values gives it one.
    const positions = [first, ...(others.length === 0 ? [first + 1] : others)];
    const column = (values: readonly number[] | undefined) =>
      positions.map((_, i) => numberOrGap(values?.[i], this.logarithmic));
    const columns = this.options.curves.flatMap((_, i) => {
      const curve = curves[i];
      return [column(curve?.values), column(curve?.high), column(curve?.low)];
    });
    return [positions, ...columns];
  }

  private plotOptions(width: number): UPlot.Options {
    const { curves, height, axis: along } = this.options;
    const axis: UPlot.Axis = {
      stroke: () => color('axis'),
      font: axisFont(),
      grid: { stroke: () => color('grid'), width: 1 },
      ticks: { stroke: () => color('grid'), width: 1, size: 4 },
      gap: 4,
    };
    return {
      width,
      height,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      scales: {
        x: {
          time: false,
          range: (_, min, max) => [min, max > min ? max : min + 1],
        },
        y: this.logarithmic ? logarithmicScale() : {},
      },
      axes: [
        { ...axis, size: 24, space: 72, values: (_, ticks) => ticks.map(along.tick) },
        { ...axis, size: 52, space: 28, values: (_, ticks) => ticks.map(formatTick) },
      ],
      series: [{}, ...curves.flatMap(seriesOf)],
      bands: curves.map((curve, i) => ({
        series: [3 * i + 2, 3 * i + 3] as [number, number],
        fill: () => color(curve.color, bandOpacity),
      })),
      cursor: {
        y: false,
        points: { size: 6 },
        drag: { x: true, y: false, dist: 4 },
        sync: { key: `normscope-${along.name}`, scales: ['x', null] },
      },
      hooks: {
        drawAxes: [(plot) => drawEpochs(plot, this.stepsPerEpoch)],
        setCursor: [() => this.writeLegend()],
        setSelect: [
          (plot) => {
            if (plot.select.width > 0) this.isZoomed = true;
          },
        ],
        ready: [
          (plot) => {
            plot.over.addEventListener('dblclick', () => {
              this.isZoomed = false;
            });
          },
        ],
      },
    };
  }

  private drawHeading(): void {
    const { title, curves, onLogarithmic } = this.options;
    const toggle = () => {
      this.logarithmic = !this.logarithmic;
      onLogarithmic?.(this.logarithmic);
      this.drawHeading();
      this.rebuild();
    };
    render(
      html`<h3>${title}</h3>
        <span class="legend">
          <span class="at"></span>
          ${curves.map(
            (curve) =>
              html`<span class="entry" data-color=${curve.color}
                ><svg class="key" width="20" height="8" aria-hidden="true">
                  ${keyTemplate(curve)}
                </svg>
                ${curves.length > 1 ? curve.label : nothing} <output class="value">–</output></span
              >`,
          )}
        </span>
        ${
          onLogarithmic
            ? html`<button
                class="toggle"
                title=${texts.logarithmicTitle}
                aria-pressed=${this.logarithmic ? 'true' : 'false'}
                @click=${toggle}
              >
                ${texts.logarithmic}
              </button>`
            : nothing
        }
        ${this.menu()}`,
      this.heading,
    );
  }

  private menu() {
    const { name, title, onSave } = this.options;
    return menuButton(name, 'save', `${title}: ${texts.chartMenu}`, [
      { name: 'table', label: texts.showTable, onClick: () => this.twin.toggle() },
      {
        name: 'save-csv',
        label: texts.saveCsv,
        onClick: () => onSave(`${name}.csv`, csvOf(this.table()), 'utf8'),
      },
      {
        name: 'save-png',
        label: texts.savePng,
        onClick: () => {
          const canvas = this.plot?.ctx.canvas;
          if (canvas) onSave(`${name}.png`, pngOfChart(canvas, title), 'base64');
        },
      },
    ]);
  }

  private table(): TableData {
    const { axis, curves } = this.options;
    const nameOf = axis === stepAxis ? undefined : axis.describe;
    return tableOf(
      this.data,
      axis.position,
      curves.map(({ label }) => label),
      nameOf,
    );
  }

  /** Writes the values at the cursor, or the newest ones, beside the names of the curves. */
  private writeLegend(): void {
    const { positions, curves } = this.data;
    const at = this.plot?.cursor.idx ?? undefined;
    const place = this.heading.querySelector('.at');
    const position = at === undefined ? undefined : positions[at];
    if (place) {
      place.textContent = position === undefined ? '' : this.options.axis.describe(position);
    }
    for (const [i, value] of this.heading.querySelectorAll('.value').entries()) {
      const values = curves[i]?.values ?? [];
      const shown = at === undefined ? values.findLast((v) => !Number.isNaN(v)) : values[at];
      value.textContent = formatNumber(shown ?? NaN);
    }
  }
}

function logarithmicScale(): UPlot.Scale {
  // uPlot names the distribution by an enum that exists in its types only.
  return Object.assign<UPlot.Scale, object>({ log: 10 }, { distr: 3 });
}

function keyTemplate(curve: Curve): SVGTemplateResult {
  if (curve.dots === true) return svg`<circle cx="10" cy="4" r="3"/>`;
  return svg`<line class=${curve.dashed === true ? 'dashed' : ''} x1="0" y1="4" x2="20" y2="4"/>`;
}

function seriesOf(curve: Curve): UPlot.Series[] {
  const edge: UPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } };
  const dots: UPlot.Series.Points = curve.dots
    ? { show: true, size: 5, fill: () => color(curve.color), stroke: () => color(curve.color) }
    : { show: (plot) => plot.data[0].length <= 2, size: 6, fill: () => color(curve.color) };
  return [
    {
      label: curve.label,
      stroke: () => color(curve.color),
      width: curve.dots ? 1 : 1.5,
      spanGaps: curve.dots ?? false,
      points: dots,
      ...(curve.dashed ? { dash: [4, 3] } : {}),
    },
    edge,
    edge,
  ];
}

function formatTick(value: number | null): string {
  if (value === null) return '';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) {
    return value.toExponential(1).replace('.0e', 'e').replaceAll('-', '\u2212').replace('+', '');
  }
  return String(Number(value.toPrecision(6))).replace('-', '\u2212');
}

import { html, nothing, render, svg, type SVGTemplateResult } from 'lit-html';
import UPlot from 'uplot';
import { pngOfChart } from '../export/png.ts';
import { formatNumber } from '../format.ts';
import { drawInTurn, numbersEvery, throttle } from '../frames.ts';
import { menuButton } from '../menu.ts';
import { texts } from '../texts.ts';
import { writeText } from '../writeText.ts';
import type { ChartAxis } from './chartAxis.ts';
import type { ChartData, Curve } from './curves.ts';
import { drawEpochs } from './epochMarks.ts';
import { drawGhost } from './ghost.ts';
import { alignedData, plotOptions } from './plotOptions.ts';
import { csvOf, tableOf, type TableData } from './tableData.ts';
import { TwinTable } from './twinTable.ts';

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

/** What a chart shows besides its curves. */
export interface ChartExtras {
  /** Epochs are marked where their length is given. */
  readonly stepsPerEpoch?: number | undefined;
  /** The whole of which the curves show a part. */
  readonly ghost?: ChartData | undefined;
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
  private extras: ChartExtras = {};
  private readonly twin: TwinTable;
  private isSeen = true;
  private isZoomed = false;
  private isStale = false;
  private readonly drawing = () => this.redraw();
  private readonly legendSoon = throttle(() => this.writeLegend(), numbersEvery);

  constructor(options: ChartOptions) {
    this.options = options;
    this.logarithmic = options.logarithmic;
    this.element = document.createElement('figure');
    this.element.className = 'chart';
    this.element.setAttribute('aria-label', options.title);
    this.heading = document.createElement('figcaption');
    this.body = document.createElement('div');
    this.body.className = 'plot';
    // Whatever is drawn in it later, what is around it stays where it is.
    this.body.style.height = `${options.height}px`;
    this.twin = new TwinTable(options.title, () => this.table());
    this.element.append(this.heading, this.body, this.twin.element);
    this.drawHeading();
    new ResizeObserver(() => this.resize()).observe(this.body);
    new IntersectionObserver((entries) => {
      this.isSeen = entries.some((entry) => entry.isIntersecting);
      if (this.isSeen && this.isStale) this.redraw();
    }).observe(this.body);
  }

  /** Takes new data; drawn when it is its turn if it is seen, else when it comes into sight. */
  setData(data: ChartData, extras: ChartExtras = {}): void {
    this.data = data;
    this.extras = extras;
    if (this.isSeen) drawInTurn(this.drawing);
    else this.isStale = true;
  }

  /** From the next data on, the whole axis is shown, whatever part of it the user chose. */
  showWhole(): void {
    this.isZoomed = false;
  }

  /** Takes the colours and the font of the theme again. */
  restyle(): void {
    this.rebuild();
  }

  private redraw(): void {
    this.isStale = false;
    if (!this.plot) this.rebuild();
    else {
      // At once instead of after everything else that this frame does: so it is known what it takes.
      const { plot } = this;
      plot.batch(() => plot.setData(this.aligned(), !this.isZoomed));
    }
    this.legendSoon();
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
    const { axis, curves, height } = this.options;
    const options = plotOptions({
      ...{ width, height, axis, curves },
      isLogarithmic: this.logarithmic,
      drawBehind: (plot) => this.drawBehind(plot),
      onCursor: () => this.writeLegend(),
      onZoom: (isZoomed) => {
        this.isZoomed = isZoomed;
      },
    });
    this.plot = new UPlot(options, this.aligned(), this.body);
    // What it shows is told by the legend and by the table.
    this.plot.root.setAttribute('aria-hidden', 'true');
  }

  private aligned(): UPlot.AlignedData {
    return alignedData(this.data, this.options.curves, this.logarithmic);
  }

  private drawBehind(plot: UPlot): void {
    const { stepsPerEpoch, ghost } = this.extras;
    if (ghost) {
      const colors = this.options.curves.map(({ color }) => color);
      drawGhost(plot, ghost, colors);
    }
    drawEpochs(plot, stepsPerEpoch);
  }

  private drawHeading(): void {
    const { title, axis, curves, onLogarithmic } = this.options;
    const toggle = () => {
      this.logarithmic = !this.logarithmic;
      onLogarithmic?.(this.logarithmic);
      this.drawHeading();
      this.rebuild();
    };
    render(
      html`<h3>${title}</h3>
        <span class=${axis.isBinned === true ? 'readout binned' : 'readout'}>
          <span class="at"></span>
          ${curves.map(
            (curve) =>
              html`<span class="entry" data-color=${curve.color} title=${curve.label}
                ><svg class="key" width="20" height="8" aria-hidden="true">
                  ${keyTemplate(curve)}
                </svg>
                ${curves.length > 1 ? html`<span class="label">${curve.label}</span>` : nothing}
                <output class="value">–</output></span
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
    const labels = curves.map(({ label }) => label);
    return tableOf(this.data, axis.position, labels, axis.cell);
  }

  /** The last value, where the axis has such a thing: bins have none. */
  private newest(values: readonly number[]): string {
    if (this.options.axis.isBinned === true) return '';
    return formatNumber(values.findLast((value) => !Number.isNaN(value)) ?? NaN);
  }

  /** Writes the values at the cursor, or the newest ones, beside the names of the curves. */
  private writeLegend(): void {
    const { positions, curves } = this.data;
    const at = this.plot?.cursor.idx ?? undefined;
    const position = at === undefined ? undefined : positions[at];
    const place = position === undefined ? '' : this.options.axis.describe(position);
    writeText(this.heading.querySelector('.at'), place);
    for (const [i, value] of this.heading.querySelectorAll('.value').entries()) {
      const values = curves[i]?.values ?? [];
      writeText(value, at === undefined ? this.newest(values) : formatNumber(values[at] ?? NaN));
    }
  }
}

function keyTemplate({ form }: Curve): SVGTemplateResult {
  if (form === 'dots') return svg`<circle cx="10" cy="4" r="3"/>`;
  if (form === 'bars') return svg`<rect class="bar" x="5" y="0" width="10" height="8"/>`;
  return svg`<line class=${form ?? ''} x1="0" y1="4" x2="20" y2="4"/>`;
}

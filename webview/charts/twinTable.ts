import { html, nothing, render } from 'lit-html';
import { formatExact, formatNumber } from '../format.ts';
import { texts } from '../texts.ts';
import { iconButton } from '../ui.ts';
import { csvOf, thinned, type TableData } from './tableData.ts';

/** More rows are not read by anybody; a file has them all. */
const mostRows = 200;

/** The numbers of a chart as a native table below it, sorted by the column whose head is pressed. */
export class TwinTable {
  readonly element = document.createElement('div');
  private readonly title: string;
  private readonly data: () => TableData;
  private isOpen = false;
  private sortedBy = 0;
  private descending = false;

  constructor(title: string, data: () => TableData) {
    this.title = title;
    this.data = data;
    this.element.className = 'twin table';
    this.element.hidden = true;
  }

  toggle(): void {
    this.isOpen = !this.isOpen;
    this.element.hidden = !this.isOpen;
    this.draw();
  }

  /** Takes the newest numbers, if it is open. */
  draw(): void {
    if (!this.isOpen) {
      render(nothing, this.element);
      return;
    }
    const { columns, rows } = thinned(this.data(), mostRows);
    const sorted = rows.toSorted((a, b) => this.order(a[this.sortedBy], b[this.sortedBy]));
    render(
      html`<div class="scroller" tabindex="0" role="region" aria-label=${this.title}>
          <table>
            <caption>
              ${this.title}
            </caption>
            <thead>
              <tr>
                ${columns.map((column, i) => this.head(column, i))}
              </tr>
            </thead>
            <tbody>
              ${sorted.map(
                ([first, ...others]) =>
                  html`<tr>
                    <th scope="row">${cell(first)}</th>
                    ${others.map((value) => html`<td class="number">${cell(value)}</td>`)}
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
        ${iconButton('copy', texts.copyTable, () => void this.copy())}`,
      this.element,
    );
  }

  private head(column: string, index: number) {
    const isSorted = index === this.sortedBy;
    const order = this.descending ? 'descending' : 'ascending';
    const sort = () => {
      this.descending = isSorted && !this.descending;
      this.sortedBy = index;
      this.draw();
    };
    return html`<th
      scope="col"
      class=${index === 0 ? '' : 'number'}
      aria-sort=${isSorted ? order : 'none'}
    >
      <button class="sort" @click=${sort}>
        ${column}${isSorted ? (this.descending ? ' ↓' : ' ↑') : ''}
      </button>
    </th>`;
  }

  private order(a: number | string | undefined, b: number | string | undefined): number {
    const sign = this.descending ? -1 : 1;
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b) || 0;
    return sign * String(a).localeCompare(String(b));
  }

  private async copy(): Promise<void> {
    await navigator.clipboard.writeText(csvOf(this.data()));
  }
}

function cell(value: number | string | undefined): string {
  if (typeof value !== 'number') return value ?? '';
  return Number.isInteger(value) ? formatExact(value, 15) : formatNumber(value);
}

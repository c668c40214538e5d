import { html, nothing, type TemplateResult } from 'lit-html';
import { formatExact, formatNumber } from '../format.ts';
import { texts } from '../texts.ts';
import { iconButton } from '../ui.ts';
import { tabbedOf, thinned, type TableData } from './tableData.ts';

/** How long it is said that something was copied, in milliseconds. */
const copiedFor = 2000;

export interface TableLook {
  readonly caption: () => string;
  /** Most rows that are shown; copied are all. */
  readonly mostRows?: number;
  /** What stands at the head of a row; the text of its first cell when left out. */
  readonly rowHead?: (cell: number | string) => TemplateResult;
  readonly isSelected?: (cell: number | string) => boolean;
}

/** A native table, sorted by the column whose head is pressed, and copied as it is sorted. */
export class SortableTable {
  private readonly data: () => TableData;
  private readonly look: TableLook;
  /** Draws what `template` and `tools` give. */
  private readonly redraw: () => void;
  /** Undefined for the order that the rows come in. */
  private sortedBy: number | undefined;
  private descending = false;
  private copiedAt = -Infinity;

  constructor(data: () => TableData, look: TableLook, redraw: () => void) {
    this.data = data;
    this.look = look;
    this.redraw = redraw;
  }

  template(): TemplateResult {
    const { mostRows = Infinity } = this.look;
    const caption = this.look.caption();
    const { columns, rows } = this.sorted(thinned(this.data(), mostRows));
    return html`<div class="scroller" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            ${columns.map((column, i) => this.head(column, i))}
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => this.row(row))}
        </tbody>
      </table>
    </div>`;
  }

  /** The button that copies, and the word that it was done. */
  tools(): TemplateResult {
    const recently = performance.now() - this.copiedAt < copiedFor;
    return html`<span class="copied" role="status">${recently ? texts.copied : ''}</span>
      ${iconButton('copy', texts.copyTable, () => void this.copy())}`;
  }

  /** The table as text with tabs, which spreadsheets take from the clipboard. */
  text(): string {
    return tabbedOf(this.sorted(this.data()));
  }

  private row([first = '', ...others]: readonly (number | string)[]): TemplateResult {
    const { rowHead, isSelected } = this.look;
    return html`<tr aria-selected=${isSelected ? String(isSelected(first)) : nothing}>
      <th scope="row">${rowHead ? rowHead(first) : cellText(first)}</th>
      ${others.map(
        (value) =>
          html`<td
            class="number"
            title=${typeof value === 'number' ? formatExact(value, 9) : value}
          >
            ${cellText(value)}
          </td>`,
      )}
    </tr>`;
  }

  private head(column: string, index: number): TemplateResult {
    const isSorted = index === this.sortedBy;
    const order = this.descending ? 'descending' : 'ascending';
    const sort = () => {
      this.descending = isSorted && !this.descending;
      this.sortedBy = index;
      this.redraw();
    };
    return html`<th
      scope="col"
      class=${index === 0 ? '' : 'number'}
      aria-sort=${isSorted ? order : 'none'}
    >
      <button class="sort" @click=${sort}>
        ${column}<span class="order" aria-hidden="true"
          >${isSorted ? (this.descending ? '↓' : '↑') : ''}</span
        >
      </button>
    </th>`;
  }

  private sorted({ columns, rows }: TableData): TableData {
    const { sortedBy } = this;
    if (sortedBy === undefined) return { columns, rows };
    const sorted = rows.toSorted((a, b) => this.order(a[sortedBy], b[sortedBy]));
    return { columns, rows: sorted };
  }

  /** Numbers by size, what is no number last; texts as people sort them. */
  private order(a: number | string | undefined, b: number | string | undefined): number {
    const sign = this.descending ? -1 : 1;
    if (typeof a !== 'number' || typeof b !== 'number') {
      return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
    }
    if (Number.isNaN(a) || Number.isNaN(b))
      return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return sign * (a - b) || 0;
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text());
    } catch {
      // A page that is not in focus may not write: nothing says then that something was copied.
      return;
    }
    this.copiedAt = performance.now();
    this.redraw();
    setTimeout(this.redraw, copiedFor + 100);
  }
}

function cellText(value: number | string): string {
  if (typeof value !== 'number') return value;
  return Number.isInteger(value) ? formatExact(value, 15) : formatNumber(value);
}

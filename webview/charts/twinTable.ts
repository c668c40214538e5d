import { html, nothing, render } from 'lit-html';
import { SortableTable } from './sortableTable.ts';
import type { TableData } from './tableData.ts';

/** More rows are not read by anybody; a file, and what is copied, has them all. */
const mostRows = 200;

/** The numbers of a chart as a native table below it. */
export class TwinTable {
  readonly element = document.createElement('div');
  private readonly table: SortableTable;
  private isOpen = false;

  constructor(title: string, data: () => TableData) {
    this.table = new SortableTable(data, { caption: () => title, mostRows }, () => this.draw());
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
    const { table } = this;
    render(
      this.isOpen
        ? html`${table.template()}
            <div>${table.tools()}</div>`
        : nothing,
      this.element,
    );
  }
}

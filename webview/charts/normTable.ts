import { html, render } from 'lit-html';
import type { NormColumn } from '../../src/statistics/taps.ts';
import { formatCount } from '../format.ts';
import type { PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { SortableTable } from './sortableTable.ts';
import type { TableData } from './tableData.ts';

const columns = [
  ['in.mean', texts.meanBefore],
  ['in.var', texts.varianceBefore],
  ['out.mean', texts.meanAfter],
  ['out.var', texts.varianceAfter],
] as const satisfies readonly (readonly [NormColumn, string])[];

/** The newest numbers of all norms as a table: for screen readers, for looking up and for copying. */
export class NormTable {
  readonly element = document.createElement('div');
  private readonly details = document.createElement('details');
  private readonly tools = document.createElement('div');
  private readonly store: PanelStore;
  private readonly table: SortableTable;

  constructor(store: PanelStore) {
    this.store = store;
    this.table = new SortableTable(
      () => this.data(),
      {
        caption: () => texts.tableCaption(this.step()),
        rowHead: (path) =>
          html`<button class="link" title=${path} @click=${() => this.store.select(String(path))}>
            ${path}
          </button>`,
        isSelected: (path) => this.store.selected.includes(String(path)),
      },
      () => this.draw(),
    );
    this.element.className = 'section table';
    this.tools.className = 'tableTools';
    this.element.append(this.details, this.tools);
    this.details.open = store.state.tableOpen ?? true;
    this.details.addEventListener('toggle', () => {
      if (this.details.open !== (store.state.tableOpen ?? true)) {
        store.remember({ tableOpen: this.details.open });
      }
      this.draw();
    });
  }

  draw(): void {
    const { run } = this.store;
    if (!run) return;
    render(
      html`<summary>
          <h3>${texts.table}</h3>
          <span class="detail">${texts.atStep(this.step())}</span>
        </summary>
        ${this.details.open ? this.table.template() : ''}`,
      this.details,
    );
    render(this.table.tools(), this.tools);
  }

  private step(): string {
    const lastStep = this.store.run?.series.lastStep;
    return lastStep === undefined ? '–' : formatCount(lastStep);
  }

  private data(): TableData {
    const { run } = this.store;
    const rows = (run?.info.norms ?? []).map(({ path }, i) => [
      path,
      ...columns.map(([column]) => run?.series.latestNorm(i, column) ?? NaN),
    ]);
    return { columns: [texts.path, ...columns.map(([, title]) => title)], rows };
  }
}

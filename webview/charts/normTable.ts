import { html, render, type TemplateResult } from 'lit-html';
import type { NormInfo } from '../../src/protocol/engine.ts';
import type { NormColumn } from '../../src/statistics/taps.ts';
import { formatCount, formatExact, formatNumber } from '../format.ts';
import type { PanelRun, PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { iconButton } from '../ui.ts';

const columns = [
  ['in.mean', texts.meanBefore],
  ['in.var', texts.varianceBefore],
  ['out.mean', texts.meanAfter],
  ['out.var', texts.varianceAfter],
] as const satisfies readonly (readonly [NormColumn, string])[];

/** The table as text with tabs, which spreadsheets take from the clipboard; numbers with nine figures. */
export function tableText(run: PanelRun): string {
  const head = [texts.path, ...columns.map(([, title]) => title)].join('\t');
  const rows = run.info.norms.map((norm, i) =>
    [
      norm.path.replaceAll(/[\t\r\n]/g, ' '),
      ...columns.map(([column]) => formatExact(run.series.latestNorm(i, column), 9)),
    ].join('\t'),
  );
  return [head, ...rows].join('\n');
}

/** The numbers of the charts as a table: for screen readers, for looking up and for copying. */
export class NormTable {
  readonly element = document.createElement('div');
  private readonly details = document.createElement('details');
  private readonly tools = document.createElement('div');
  private readonly store: PanelStore;
  private copiedAt = -Infinity;

  constructor(store: PanelStore) {
    this.store = store;
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
    render(this.template(run), this.details);
    const recently = performance.now() - this.copiedAt < 2000;
    render(
      html`<span class="copied" role="status">${recently ? texts.copied : ''}</span>
        ${iconButton('copy', texts.copyTable, () => void this.copy(run))}`,
      this.tools,
    );
  }

  private template(run: PanelRun): TemplateResult {
    const { lastStep } = run.series;
    const step = lastStep === undefined ? '–' : formatCount(lastStep);
    return html`<summary>
        <h3>${texts.table}</h3>
        <span class="detail">${texts.atStep(step)}</span>
      </summary>
      ${
        this.details.open
          ? html`<div class="scroller" tabindex="0" role="region" aria-label=${texts.table}>
              <table>
                <caption>
                  ${texts.tableCaption(step)}
                </caption>
                <thead>
                  <tr>
                    <th scope="col">${texts.path}</th>
                    ${columns.map(([, title]) => html`<th scope="col" class="number">${title}</th>`)}
                  </tr>
                </thead>
                <tbody>
                  ${run.info.norms.map((norm, i) => this.row(run, norm, i))}
                </tbody>
              </table>
            </div>`
          : ''
      }`;
  }

  private row(run: PanelRun, norm: NormInfo, index: number): TemplateResult {
    return html`<tr aria-selected=${norm.path === this.store.selection ? 'true' : 'false'}>
      <th scope="row">
        <button class="link" title=${norm.path} @click=${() => this.store.select(norm.path)}>
          ${norm.path}
        </button>
      </th>
      ${columns.map(([column]) => {
        const value = run.series.latestNorm(index, column);
        return html`<td class="number" title=${formatExact(value, 9)}>${formatNumber(value)}</td>`;
      })}
    </tr>`;
  }

  private async copy(run: PanelRun): Promise<void> {
    await navigator.clipboard.writeText(tableText(run));
    this.copiedAt = performance.now();
    this.draw();
    setTimeout(() => this.draw(), 2100);
  }
}

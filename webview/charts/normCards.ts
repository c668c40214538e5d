import { html, render, svg, type TemplateResult } from 'lit-html';
import type { NormInfo } from '../../src/protocol/engine.ts';
import { formatMean, formatNumber } from '../format.ts';
import type { PanelRun, PanelStore } from '../store.ts';
import { sparklinePaths } from '../topology/sparkline.ts';

const size = { width: 160, height: 40 } as const;

/** All norms as small multiples: variance before and after, and the newest numbers. */
export class NormCards {
  readonly element = document.createElement('div');
  private readonly store: PanelStore;
  private readonly observer: IntersectionObserver;
  private readonly seen = new Set<string>();

  /** `asked` is called when cards come into sight that have not been drawn with the newest numbers. */
  constructor(store: PanelStore, asked: () => void) {
    this.store = store;
    this.element.className = 'cards';
    this.observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const path = target instanceof HTMLElement ? (target.dataset['norm'] ?? '') : '';
        if (isIntersecting) this.seen.add(path);
        else this.seen.delete(path);
      }
      asked();
    });
  }

  /** Makes the cards of a run; their numbers come with `update`. */
  build(run: PanelRun): void {
    this.seen.clear();
    this.observer.disconnect();
    render(html`${run.info.norms.map((norm) => this.card(norm))}`, this.element);
    for (const card of this.element.children) this.observer.observe(card);
  }

  select(path: string | null): void {
    for (const card of this.element.querySelectorAll<HTMLElement>('.card')) {
      card.setAttribute('aria-pressed', String(card.dataset['norm'] === path));
    }
  }

  /** Writes the newest numbers into the cards that are seen. */
  update(run: PanelRun): void {
    for (const [i, card] of [...this.element.children].entries()) {
      const path = run.info.norms[i]?.path;
      if (path === undefined || !this.seen.has(path)) continue;
      const { series } = run;
      const inVar = series.latestNorm(i, 'in.var');
      const outVar = series.latestNorm(i, 'out.var');
      write(card, '.in-mean', formatMean(series.latestNorm(i, 'in.mean'), inVar));
      write(card, '.out-mean', formatMean(series.latestNorm(i, 'out.mean'), outVar));
      write(card, '.in-var', formatNumber(inVar));
      write(card, '.out-var', formatNumber(outVar));
      const paths = sparklinePaths(series.norm(i, 'in.var'), series.norm(i, 'out.var'), size);
      card.querySelector('.before')?.setAttribute('d', paths.before);
      card.querySelector('.after')?.setAttribute('d', paths.after);
    }
  }

  private card(norm: NormInfo): TemplateResult {
    return html`<button
      class="card"
      data-norm=${norm.path}
      title=${norm.path}
      aria-pressed="false"
      @click=${() => this.store.select(norm.path)}
    >
      <span class="name"><bdi>${norm.path}</bdi></span>
      <svg viewBox="0 0 ${size.width} ${size.height}" preserveAspectRatio="none" aria-hidden="true">
        ${svg`<path class="spark before"/><path class="spark after"/>`}
      </svg>
      <span class="numbers">
        <span class="detail">µ</span><span class="in-mean">–</span><span class="arrow">→</span
        ><span class="out-mean strong">–</span> <span class="detail">σ²</span
        ><span class="in-var">–</span><span class="arrow">→</span
        ><span class="out-var strong">–</span>
      </span>
    </button>`;
  }
}

function write(card: Element, selector: string, text: string): void {
  const element = card.querySelector(selector);
  if (element && element.textContent !== text) element.textContent = text;
}

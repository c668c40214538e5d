import { html, render, svg, type TemplateResult } from 'lit-html';
import type { NormInfo } from '../../src/protocol/engine.ts';
import type { RunSeries } from '../../src/statistics/series/runSeries.ts';
import { formatMean, formatNumber } from '../format.ts';
import { drawInTurn } from '../frames.ts';
import type { PanelRun, PanelStore } from '../store.ts';
import { sparklinePaths } from '../topology/sparkline.ts';
import { writeText } from '../writeText.ts';

const size = { width: 160, height: 40 } as const;
/** Cards of one drawing: laying out and painting their numbers takes as long as a large chart does. */
const cardsAtOnce = 4;

/** All norms as small multiples: variance before and after, and the newest numbers. */
export class NormCards {
  readonly element = document.createElement('div');
  private readonly store: PanelStore;
  private readonly observer: IntersectionObserver;
  private readonly seen = new Set<Element>();
  private groups: readonly CardGroup[] = [];

  /** `asked` is called when cards come into sight that have not been drawn with the newest numbers. */
  constructor(store: PanelStore, asked: () => void) {
    this.store = store;
    this.element.className = 'cards';
    this.observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.seen.add(target);
        else this.seen.delete(target);
      }
      asked();
    });
  }

  /** Makes the cards of a run; their numbers come with `draw`. */
  build(run: PanelRun): void {
    this.seen.clear();
    this.observer.disconnect();
    render(html`${run.info.norms.map((norm) => this.card(norm))}`, this.element);
    const cards = [...this.element.children];
    for (const card of cards) this.observer.observe(card);
    this.groups = Array.from({ length: Math.ceil(cards.length / cardsAtOnce) }, (_, i) => {
      const first = i * cardsAtOnce;
      const group = cards.slice(first, first + cardsAtOnce);
      return { cards: group, drawing: () => this.write(group, first) };
    });
  }

  /** Marks the norms that the large charts show. */
  select(paths: readonly string[]): void {
    for (const card of this.element.querySelectorAll<HTMLElement>('.card')) {
      card.setAttribute('aria-pressed', String(paths.includes(card.dataset['norm'] ?? '')));
    }
  }

  /** Writes the newest numbers into the cards that are seen, some after the others. */
  draw(): void {
    for (const { cards, drawing } of this.groups) {
      if (cards.some((card) => this.seen.has(card))) drawInTurn(drawing);
    }
  }

  private write(cards: readonly Element[], first: number): void {
    const series = this.store.run?.series;
    if (!series) return;
    for (const [i, card] of cards.entries()) {
      if (this.seen.has(card)) writeNumbers(card, series, first + i);
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

interface CardGroup {
  readonly cards: readonly Element[];
  readonly drawing: () => void;
}

function writeNumbers(card: Element, series: RunSeries, norm: number): void {
  const inVar = series.latestNorm(norm, 'in.var');
  const outVar = series.latestNorm(norm, 'out.var');
  const write = (selector: string, text: string): void =>
    writeText(card.querySelector(selector), text);
  write('.in-mean', formatMean(series.latestNorm(norm, 'in.mean'), inVar));
  write('.out-mean', formatMean(series.latestNorm(norm, 'out.mean'), outVar));
  write('.in-var', formatNumber(inVar));
  write('.out-var', formatNumber(outVar));
  const paths = sparklinePaths(series.norm(norm, 'in.var'), series.norm(norm, 'out.var'), size);
  card.querySelector('.before')?.setAttribute('d', paths.before);
  card.querySelector('.after')?.setAttribute('d', paths.after);
}

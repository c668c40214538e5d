import { html, type TemplateResult } from 'lit-html';
import type { TopologyItem } from '../../src/topology/topology.ts';
import { texts } from '../texts.ts';

/** Paths of the items whose path or type holds the words of a query, in the order of computation; none for an empty query. */
export function matches(items: Iterable<TopologyItem>, query: string): string[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: string[] = [];
  for (const item of items) {
    const type = item.kind === 'layer' ? item.type : '';
    const text = `${item.path} ${type}`.toLowerCase();
    if (words.every((word) => text.includes(word))) found.push(item.path);
  }
  return found;
}

/** Finds layers by name: Enter goes to the next one, Shift and Enter to the one before. */
export class Search {
  private readonly items: () => Iterable<TopologyItem>;
  private readonly go: (path: string) => void;
  private readonly redraw: () => void;
  private query = '';
  private found: readonly string[] = [];
  private at = -1;

  /** `go` shows an item that was found. */
  constructor(items: () => Iterable<TopologyItem>, go: (path: string) => void, redraw: () => void) {
    this.items = items;
    this.go = go;
    this.redraw = redraw;
  }

  template(): TemplateResult {
    const { query, found, at } = this;
    const count = query.trim() === '' ? '' : texts.found(at + 1, found.length);
    return html`<span class="search">
      <input
        type="search"
        placeholder=${texts.find}
        aria-label=${texts.find}
        title=${texts.findTitle}
        .value=${query}
        @input=${({ target }: Event) => {
          if (target instanceof HTMLInputElement) this.ask(target.value);
        }}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === 'Enter') this.move(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') this.ask('');
        }}
      />
      <output class="detail">${count}</output>
    </span>`;
  }

  private ask(query: string): void {
    this.query = query;
    this.found = matches(this.items(), query);
    this.at = -1;
    this.redraw();
  }

  private move(by: number): void {
    // The model may have changed since the last key.
    this.found = matches(this.items(), this.query);
    const { length } = this.found;
    if (length === 0) return;
    this.at = this.at < 0 && by < 0 ? length - 1 : (this.at + by + length) % length;
    const path = this.found[this.at];
    if (path !== undefined) this.go(path);
    this.redraw();
  }
}

import { html, nothing, type TemplateResult } from 'lit-html';
import { ref } from 'lit-html/directives/ref.js';
import type { TopologyItem } from '../../src/topology/topology.ts';
import { texts } from '../texts.ts';
import { iconButton } from '../ui.ts';

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

/** What a search does to the picture. */
export interface SearchActions {
  /** Shows an item that was found. */
  readonly go: (path: string) => void;
  /** Something else was found. */
  readonly changed: () => void;
  /** The search is over: the focus goes back to the picture. */
  readonly leave: () => void;
}

/** Finds layers by name: Enter goes to the next one, Shift and Enter to the one before, Escape ends it. */
export class Search {
  private readonly items: () => Iterable<TopologyItem>;
  private readonly actions: SearchActions;
  private query = '';
  private matching: readonly string[] = [];
  private at = -1;
  private input: HTMLInputElement | undefined;

  constructor(items: () => Iterable<TopologyItem>, actions: SearchActions) {
    this.items = items;
    this.actions = actions;
  }

  /** Paths of all that was found. */
  get found(): readonly string[] {
    return this.matching;
  }

  /** Puts the cursor into the field, its text selected. */
  focus(): void {
    this.input?.focus();
    this.input?.select();
  }

  /** Goes on by so many of what was found, round its ends; to the nearest end at first. */
  move(by: 1 | -1): void {
    // The model may have changed since the last key.
    this.matching = matches(this.items(), this.query);
    const { length } = this.matching;
    if (length === 0) return;
    this.at = this.at < 0 && by < 0 ? length - 1 : (this.at + by + length) % length;
    const path = this.matching[this.at];
    if (path !== undefined) this.actions.go(path);
    this.actions.changed();
  }

  template(): TemplateResult {
    const { query, matching, at } = this;
    const isAsked = query.trim() !== '';
    const isEmpty = matching.length === 0;
    const count = isEmpty ? texts.noneFound : texts.found(at + 1, matching.length);
    return html`<span class="search">
      <input
        type="search"
        placeholder=${texts.find}
        aria-label=${texts.find}
        aria-keyshortcuts="Control+F"
        title=${texts.findTitle}
        .value=${query}
        @input=${({ target }: Event) => {
          if (target instanceof HTMLInputElement) this.ask(target.value);
        }}
        @keydown=${(event: KeyboardEvent) => this.press(event)}
        ${ref((element) => {
          if (element instanceof HTMLInputElement) this.input = element;
        })}
      />
      <output class="detail">${isAsked ? count : ''}</output>
      ${
        isAsked
          ? html`${iconButton('up', texts.previousMatch, () => this.move(-1), isEmpty)}
            ${iconButton('down', texts.nextMatch, () => this.move(1), isEmpty)}`
          : nothing
      }
    </span>`;
  }

  private press(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === 'Enter') this.move(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape') {
      this.ask('');
      this.actions.leave();
    }
  }

  private ask(query: string): void {
    this.query = query;
    this.matching = matches(this.items(), query);
    this.at = -1;
    this.actions.changed();
  }
}

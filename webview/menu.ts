import { html, type TemplateResult } from 'lit-html';
import { icon, type IconName } from './icons.ts';

export interface MenuEntry {
  readonly name: string;
  readonly label: string;
  readonly onClick: () => void;
}

/** An icon button with a list of actions below it. `name` is unique on the page. */
export function menuButton(
  name: string,
  iconName: IconName,
  title: string,
  entries: readonly MenuEntry[],
): TemplateResult {
  const id = `menu-${name}`;
  const choose = (event: Event, entry: MenuEntry) => {
    if (event.currentTarget instanceof HTMLElement) {
      event.currentTarget.closest<HTMLElement>('[popover]')?.hidePopover();
    }
    entry.onClick();
  };
  return html`<span class="menu">
    <button class="menuButton" title=${title} aria-label=${title} popovertarget=${id}>
      ${icon(iconName)}
    </button>
    <div id=${id} class="menuEntries" popover aria-label=${title} @toggle=${place}>
      ${entries.map(
        (entry) =>
          html`<button data-action=${entry.name} @click=${(event: Event) => choose(event, entry)}>
            ${entry.label}
          </button>`,
      )}
    </div>
  </span>`;
}

/** Puts an opened list below its button, within the page. */
function place({ target }: Event): void {
  if (!(target instanceof HTMLElement) || !target.matches(':popover-open')) return;
  const button = target.previousElementSibling?.getBoundingClientRect();
  if (!button) return;
  target.style.top = `${Math.min(button.bottom + 2, innerHeight - target.offsetHeight)}px`;
  target.style.left = `${Math.max(0, button.right - target.offsetWidth)}px`;
}

import { svg, type SVGTemplateResult } from 'lit-html';
import { html, type TemplateResult } from 'lit-html';

/** Shapes on a grid of 16, in the stroke and weight of VS Code's own icons; filled ones take the text colour. */
const shapes = {
  play: svg`<path class="filled" d="M4.5 3v10l8.5-5z"/>`,
  pause: svg`<path class="filled" d="M4 3h2.5v10H4zM9.5 3H12v10H9.5z"/>`,
  step: svg`<path class="filled" d="M3 3v10l6.5-5zM11 3h2v10h-2z"/>`,
  stop: svg`<path class="filled" d="M3.5 3.5h9v9h-9z"/>`,
  resume: svg`<path d="M3.2 5.2A5.5 5.5 0 1 1 2.5 8M3 2v3.4h3.4"/><path class="filled" d="M6.8 5.6v4.8L10.8 8z"/>`,
  fit: svg`<path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"/>`,
  zoomIn: svg`<path d="M8 3.5v9M3.5 8h9"/>`,
  zoomOut: svg`<path d="M3.5 8h9"/>`,
  collapseAll: svg`<path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8zM4.5 9.5h4"/>`,
  expandAll: svg`<path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8zM4.5 9.5h4M6.5 7.5v4"/>`,
  previous: svg`<path d="M10 3.5 5.5 8l4.5 4.5"/>`,
  next: svg`<path d="M6 3.5 10.5 8 6 12.5"/>`,
  up: svg`<path d="M3.5 10 8 5.5l4.5 4.5"/>`,
  down: svg`<path d="M3.5 6 8 10.5 12.5 6"/>`,
  copy: svg`<path d="M5.5 4.5v-2h8v8h-2M2.5 5.5h8v8h-8z"/>`,
  save: svg`<path d="M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 10.5v3h11v-3"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
  error: svg`<circle cx="8" cy="8" r="5.8"/><path d="m5.8 5.8 4.4 4.4M10.2 5.8l-4.4 4.4"/>`,
  warning: svg`<path d="M8 2.2 14.2 13.5H1.8zM8 6.5v3.2M8 11v1"/>`,
  info: svg`<circle cx="8" cy="8" r="5.8"/><path d="M8 7.2v3.6M8 5v1"/>`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof shapes;

/** An icon beside a text or inside of a labelled button: hidden from screen readers. */
export function icon(name: IconName, slot = ''): TemplateResult {
  return html`<svg
    class="icon"
    viewBox="0 0 16 16"
    width="16"
    height="16"
    aria-hidden="true"
    slot=${slot}
  >
    ${shapes[name]}
  </svg>`;
}

import { html, type TemplateResult } from 'lit-html';
import { texts } from '../texts.ts';
import { iconButton } from '../ui.ts';

export interface ToolbarActions {
  readonly collapseAll: () => void;
  readonly expandAll: () => void;
  readonly zoomOut: () => void;
  readonly zoomIn: () => void;
  readonly actualSize: () => void;
  readonly fit: () => void;
}

/** The heading of the topology with its tools; `summary` says how large the model is, `scale` is the zoom, 1 for actual size. */
export function toolbarTemplate(
  summary: string,
  scale: number,
  hasGroups: boolean,
  actions: ToolbarActions,
): TemplateResult {
  const percent = `${Math.round(scale * 100)}%`;
  return html`<h2>${texts.topology}</h2>
    <span class="detail" title=${summary}>${summary}</span>
    <div class="tools" role="toolbar" aria-label=${texts.topology}>
      ${iconButton('collapseAll', texts.collapseAll, actions.collapseAll, !hasGroups)}
      ${iconButton('expandAll', texts.expandAll, actions.expandAll, !hasGroups)}
      <span class="separator" aria-hidden="true"></span>
      ${iconButton('zoomOut', texts.zoomOut, actions.zoomOut)}
      <button
        class="scale"
        title=${texts.actualSize}
        aria-label=${`${percent}, ${texts.actualSize}`}
        @click=${actions.actualSize}
      >
        ${percent}
      </button>
      ${iconButton('zoomIn', texts.zoomIn, actions.zoomIn)}
      ${iconButton('fit', texts.fit, actions.fit)}
    </div>`;
}

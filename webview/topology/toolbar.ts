import { html, type TemplateResult } from 'lit-html';
import { texts } from '../texts.ts';
import { menuButton } from '../menu.ts';
import { iconButton } from '../ui.ts';
import type { PictureFormat } from './exportPicture.ts';

export interface ToolbarActions {
  readonly collapseAll: () => void;
  readonly expandAll: () => void;
  readonly zoomOut: () => void;
  readonly zoomIn: () => void;
  readonly actualSize: () => void;
  readonly fit: () => void;
  readonly save: (format: PictureFormat) => void;
}

/** The heading of the topology with its tools; `summary` says how large the model is, `scale` is the zoom, 1 for actual size. */
export function toolbarTemplate(
  summary: { readonly brief: string; readonly whole: string },
  scale: number,
  hasGroups: boolean,
  search: TemplateResult,
  actions: ToolbarActions,
): TemplateResult {
  const percent = `${Math.round(scale * 100)}%`;
  return html`<h2>${texts.topology}</h2>
    <span class="detail" title=${summary.whole}>
      <span class="whole">${summary.whole}</span><span class="brief">${summary.brief}</span>
    </span>
    ${search}
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
      ${menuButton('picture', 'save', texts.exportPicture, formats(actions))}
    </div>`;
}

function formats({ save }: ToolbarActions) {
  return (['svg', 'png', 'mermaid'] as const).map((format) => ({
    name: `save-${format}`,
    label: texts.pictureFormats[format],
    onClick: () => save(format),
  }));
}

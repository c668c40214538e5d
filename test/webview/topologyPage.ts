import type { TopologyItem } from '../../src/topology/topology.ts';
import { until, type PanelPage } from './panelPage.ts';
import { modelOf } from './sampleModel.ts';

/** Shows a model of these items. */
export async function show(
  page: PanelPage,
  items: readonly TopologyItem[],
  more: { readonly selection?: string | null } = {},
): Promise<void> {
  const model = modelOf({ name: 'sample', items, links: [] });
  page.post({ type: 'hydrate', model, run: null, selection: more.selection ?? null });
  await until('the picture is drawn', () => page.all('.node').length > 0);
}

/** The middle of an element, in pixels of the page. */
export function centre(element: Element): { readonly x: number; readonly y: number } {
  const box = element.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** What names the node of an item, and has its focus. */
export function nodeOf(page: PanelPage, path: string): HTMLElement {
  return page.get(`[role="treeitem"][data-path="${CSS.escape(path)}"]`);
}

export function isSelected(page: PanelPage, path: string): boolean {
  return nodeOf(page, path).getAttribute('aria-selected') === 'true';
}

/** A click, with keys held down where `held` names them. */
export function click(element: Element, held: MouseEventInit = {}): void {
  element.dispatchEvent(new MouseEvent('click', { bubbles: true, ...held }));
}

/** A key, with others held down where `held` names them. */
export function press(element: Element, key: string, held: KeyboardEventInit = {}): void {
  const event = { key, bubbles: true, cancelable: true, ...held };
  element.dispatchEvent(new KeyboardEvent('keydown', event));
}

/** Path of the item that has the focus. */
export function focused(page: PanelPage): string | undefined {
  const active = page.document.activeElement as HTMLElement | null;
  return active?.dataset['path'];
}

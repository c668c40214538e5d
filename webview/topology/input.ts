import { treeAction } from './keyboard.ts';
import type { Scene } from './scene.ts';
import type { Search } from './search.ts';

/** How an item is selected: alone, beside the others (or not any more), or with all up to it. */
export type Choice = 'alone' | 'add' | 'extend';

/** What mouse and keyboard do to a picture. */
export interface PictureActions {
  /** What is drawn now. */
  readonly scene: () => Scene | undefined;
  readonly isLayer: (path: string) => boolean;
  readonly choose: (path: string, how: Choice) => void;
  readonly focus: (path: string) => void;
  /** Collapses or opens an item. */
  readonly toggle: (path: string) => void;
}

/** Clicks and keys of the tree in a picture, and the keys of the search from anywhere on the page. */
export function listenToPicture(svg: SVGSVGElement, search: Search, actions: PictureActions): void {
  svg.addEventListener('click', (event) => {
    const path = pathOf(event.target);
    if (path === undefined) return;
    if (isToggle(event.target)) actions.toggle(path);
    else actions.choose(path, choiceOf(event));
  });
  svg.addEventListener('dblclick', ({ target }) => {
    const path = pathOf(target);
    if (path !== undefined && !isToggle(target) && !actions.isLayer(path)) actions.toggle(path);
  });
  svg.addEventListener('keydown', (event) => {
    const path = pathOf(event.target);
    const scene = actions.scene();
    const action = path !== undefined && scene && treeAction(scene, path, event);
    if (!action) return;
    event.preventDefault();
    const target = action.node.item.path;
    if (action.type === 'focus') actions.focus(target);
    else if (action.type === 'toggle') actions.toggle(target);
    else actions.choose(target, action.type);
  });
  document.addEventListener('keydown', (event) => {
    if (event.altKey || !actions.scene()) return;
    const isFind = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === 'f';
    if (isFind) search.focus();
    else if (event.key === 'F3') search.move(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  });
}

function choiceOf(event: MouseEvent): Choice {
  if (event.shiftKey) return 'extend';
  return event.ctrlKey || event.metaKey ? 'add' : 'alone';
}

function isToggle(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-toggle]') !== null;
}

function pathOf(target: EventTarget | null): string | undefined {
  const node = target instanceof Element ? target.closest<SVGElement>('[data-path]') : null;
  return node?.dataset['path'];
}

import type { Scene, SceneNode } from './scene.ts';

/** What a key asks for in the tree of layers. */
export type TreeAction =
  | { readonly type: 'focus'; readonly node: SceneNode }
  | { readonly type: 'toggle'; readonly node: SceneNode }
  | { readonly type: 'select'; readonly node: SceneNode };

/** The keys of a tree, as WAI-ARIA's authoring practices have them. `path`: the item that has the focus. */
export function treeAction(scene: Scene, path: string, key: string): TreeAction | undefined {
  const stops = scene.nodes.filter((node) => node.stop);
  const at = stops.findIndex((node) => node.item.path === path);
  const node = stops[at];
  if (!node) return undefined;
  const focus = (target: SceneNode | undefined): TreeAction | undefined =>
    target && { type: 'focus', node: target };
  const isOpen = node.kind === 'fork' || node.kind === 'open';
  const isClosed = node.kind === 'group' || node.kind === 'residual';
  switch (key) {
    case 'ArrowDown':
      return focus(stops[at + 1]);
    case 'ArrowUp':
      return focus(stops[at - 1]);
    case 'Home':
      return focus(stops[0]);
    case 'End':
      return focus(stops.at(-1));
    case 'ArrowRight':
      if (isClosed) return { type: 'toggle', node };
      return isOpen ? focus(stops[at + 1]) : undefined;
    case 'ArrowLeft':
      if (isOpen) return { type: 'toggle', node };
      return focus(stops.find((candidate) => candidate.item.path === node.parent));
    case 'Enter':
      return { type: 'select', node };
    case ' ':
      return { type: isOpen || isClosed ? 'toggle' : 'select', node };
    default:
      return undefined;
  }
}

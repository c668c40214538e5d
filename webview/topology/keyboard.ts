import type { Scene, SceneNode } from './scene.ts';

/** What a key asks for in the tree of layers; the last three select, see `Choice`. */
export interface TreeAction {
  readonly type: 'focus' | 'toggle' | 'alone' | 'add' | 'extend';
  readonly node: SceneNode;
}

/** A key with what is held down beside it. */
export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** The keys of a tree with multiple selection, as WAI-ARIA's authoring practices have them. `path`: the item that has the focus. */
export function treeAction(scene: Scene, path: string, pressed: Key): TreeAction | undefined {
  if (pressed.altKey) return undefined;
  const stops = scene.nodes.filter((node) => node.stop);
  const at = stops.findIndex((node) => node.item.path === path);
  const node = stops[at];
  if (!node) return undefined;
  const { key, shiftKey } = pressed;
  if (pressed.ctrlKey || pressed.metaKey) return key === ' ' ? { type: 'add', node } : undefined;
  const focus = (target: SceneNode | undefined): TreeAction | undefined =>
    target && { type: shiftKey ? 'extend' : 'focus', node: target };
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
      return { type: 'alone', node };
    case ' ':
      return { type: isOpen || isClosed ? 'toggle' : 'alone', node };
    default:
      return undefined;
  }
}

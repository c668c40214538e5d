import type { Scene, SceneNode } from './scene.ts';

/** The nodes by which items are reached, found by path. */
export class Stops {
  readonly all: readonly SceneNode[];
  private readonly byPath: ReadonlyMap<string, SceneNode>;

  constructor(scene: Scene | undefined) {
    this.all = scene?.nodes.filter((node) => node.stop) ?? [];
    this.byPath = new Map(this.all.map((node) => [node.item.path, node]));
  }

  of(path: string): SceneNode | undefined {
    return this.byPath.get(path);
  }

  /** The path of an item itself when it is drawn, else that of the innermost drawn one around it. */
  around(path: string): string | undefined {
    for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
      const candidate = path.slice(0, end);
      if (this.byPath.has(candidate)) return candidate;
    }
    return undefined;
  }

  /** What is drawn of some items, each once. */
  drawn(paths: readonly string[]): ReadonlySet<string> {
    return new Set(paths.flatMap((path) => this.around(path) ?? []));
  }

  /** Paths from one item to another, in the order of the picture, the last one first; the other alone when one is not drawn. */
  range(from: string | undefined, to: string): string[] {
    const [start, end] = [from, to].map((path) =>
      this.all.findIndex((node) => node.item.path === path),
    );
    if (start === undefined || end === undefined || start < 0 || end < 0) return [to];
    const between = this.all.slice(Math.min(start, end), Math.max(start, end) + 1);
    const paths = between.map(({ item }) => item.path);
    return end < start ? paths : paths.toReversed();
  }
}

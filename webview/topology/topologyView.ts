import { render } from 'lit-html';
import type { Topology, TopologyItem } from '../../src/topology/topology.ts';
import { formatCompact } from '../format.ts';
import { coalesce, throttle } from '../frames.ts';
import type { Change, PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { collapsedAtFirst } from './collapse.ts';
import { describe } from './describe.ts';
import { treeAction } from './keyboard.ts';
import { layOutBranches, stackPieces, type BranchLayout, type Layout } from './layout.ts';
import { LayoutWorker } from './layoutWorker.ts';
import { updateNorms } from './liveNorms.ts';
import { exportPicture, type PictureFormat } from './exportPicture.ts';
import { pictureTemplate } from './picture.ts';
import { buildScene, walk, type Scene, type SceneNode } from './scene.ts';
import { Search } from './search.ts';
import { simpleBranchLayout } from './simpleBranch.ts';
import { toolbarTemplate } from './toolbar.ts';
import { Viewport } from './viewport.ts';

/** Nodes up to which everything is drawn; of more, only what is seen. */
const drawnWhole = 300;
/** Below this scale texts cannot be read and are left out. */
const farScale = 0.4;

/** What is remembered goes to another process: not at every turn of the wheel. In milliseconds. */
const rememberEvery = 200;

/** The picture of the model beside its toolbar. */
export class TopologyView {
  private readonly store: PanelStore;
  private readonly toolbar: HTMLElement;
  private readonly svg: SVGSVGElement;
  private readonly world: SVGGElement;
  private readonly viewport: Viewport;
  private readonly worker: LayoutWorker;
  private readonly cache = new Map<string, Promise<BranchLayout>>();
  private readonly redrawSoon = coalesce(() => this.draw());
  private readonly rememberPlaceSoon = throttle(
    () => this.store.remember({ zoom: this.viewport.transform }),
    rememberEvery,
  );
  private items: ReadonlyMap<string, TopologyItem> = new Map();
  private groupsAtFirst: ReadonlySet<string> = new Set();
  private shown: { readonly scene: Scene; readonly layout: Layout } | undefined;
  /** Counts layouts, so that one that comes late does not replace a newer one. */
  private layouts = 0;
  private readonly search = new Search(
    () => this.items.values(),
    (path) => void this.find(path),
    () => this.drawToolbar(),
  );
  private tabStop: string | null = null;
  private placed = false;
  private warn: (text: string | null) => void;

  /** `warn` shows a text about the layout, or nothing. */
  constructor(
    container: HTMLElement,
    store: PanelStore,
    workerAddress: string,
    warn: (text: string | null) => void,
  ) {
    this.store = store;
    this.warn = warn;
    this.toolbar = document.createElement('div');
    this.toolbar.className = 'heading';
    this.svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    this.svg.classList.add('picture');
    this.svg.setAttribute('role', 'tree');
    this.svg.setAttribute('aria-label', texts.topology);
    this.world = document.createElementNS('http://www.w3.org/2000/svg', 'g');
    this.svg.append(this.world);
    container.append(this.toolbar, this.svg);
    this.worker = new LayoutWorker(workerAddress);
    this.viewport = new Viewport(this.svg, this.world, (byUser) => this.moved(byUser));
    this.listen();
    new ResizeObserver(() => this.resized()).observe(this.svg);
  }

  update(changes: ReadonlySet<Change>): void {
    if (changes.has('model')) {
      this.readModel(this.store.model?.topology);
      void this.layOut();
    }
    if (changes.has('run')) this.redrawSoon();
    if (changes.has('selection')) this.showSelection();
  }

  /** Takes the font of the theme again. */
  restyle(): void {
    this.redrawSoon();
  }

  /** Writes the newest numbers into the norms. */
  updateNumbers(): void {
    updateNorms(this.world, this.store.run, (path) => {
      const node = this.stopOf(path);
      return node ? describe(node.item, node.parent) : path;
    });
  }

  private readModel(topology: Topology | undefined): void {
    const items = new Map<string, TopologyItem>();
    for (const { item } of walk(topology?.items ?? [])) items.set(item.path, item);
    this.items = items;
    this.groupsAtFirst = topology ? collapsedAtFirst(topology) : new Set();
  }

  private isCollapsed(path: string): boolean {
    return this.store.state.collapsed?.[path] ?? this.groupsAtFirst.has(path);
  }

  private async layOut(): Promise<void> {
    const turn = ++this.layouts;
    const topology = this.store.model?.topology;
    if (!topology) {
      this.shown = undefined;
      this.draw();
      return;
    }
    const scene = buildScene(topology, (path) => this.isCollapsed(path));
    const branches = await this.branchesOf(scene);
    if (turn !== this.layouts) return;
    const layout = stackPieces(scene, branches);
    this.shown = { scene, layout };
    this.viewport.setBounds(layout);
    this.place();
    this.draw();
  }

  private async branchesOf(scene: Scene): Promise<BranchLayout[]> {
    try {
      return await layOutBranches(scene, this.cache, (branch) => this.worker.layOut(branch));
    } catch (error) {
      this.warn(texts.simpleLayout(error instanceof Error ? error.message : String(error)));
      return scene.pieces.filter((piece) => piece.kind === 'branch').map(simpleBranchLayout);
    }
  }

  /** Chooses the place of the first picture: where the user left it, or its beginning. */
  private place(): void {
    if (this.placed || !this.shown || this.viewport.size.width === 0) return;
    this.placed = true;
    const { zoom } = this.store.state;
    if (zoom) this.viewport.restore(zoom);
    else this.viewport.fitWidth();
    this.showSelection();
  }

  private resized(): void {
    if (!this.shown) return;
    this.viewport.setBounds(this.shown.layout);
    if (this.placed) this.draw();
    else this.place();
  }

  private moved(byUser: boolean): void {
    if (byUser) this.rememberPlaceSoon();
    this.svg.classList.toggle('far', this.viewport.transform.k < farScale);
    this.redrawSoon();
  }

  private draw(): void {
    this.drawToolbar();
    if (!this.shown) {
      render(null, this.world);
      return;
    }
    const { scene, layout } = this.shown;
    const { y, k } = this.viewport.transform;
    const { height } = this.viewport.size;
    const everything = scene.nodes.length <= drawnWhole;
    const seen = everything
      ? { top: -Infinity, bottom: Infinity }
      : { top: (-y - height / 2) / k, bottom: (-y + height * 1.5) / k };
    const { selection } = this.store;
    const stops = scene.nodes.filter((node) => node.stop);
    const tabStop = stops.some((node) => node.item.path === this.tabStop)
      ? this.tabStop
      : (stops[0]?.item.path ?? null);
    render(
      pictureTemplate(scene, layout, seen, {
        selected: selection === null ? null : (this.visibleAround(selection) ?? null),
        tabStop,
      }),
      this.world,
    );
    this.updateNumbers();
  }

  private drawToolbar(): void {
    const { viewport } = this;
    const move = (action: () => void) => () => {
      action();
      this.rememberPlaceSoon();
    };
    render(
      toolbarTemplate(
        this.summary(),
        viewport.transform.k,
        this.collapsible().length > 0,
        this.search.template(),
        {
          collapseAll: () => this.setAll(true),
          expandAll: () => this.setAll(false),
          zoomIn: move(() => viewport.zoomIn()),
          zoomOut: move(() => viewport.zoomOut()),
          actualSize: move(() => viewport.actualSize()),
          fit: move(() => viewport.fit()),
          save: (format) => void this.save(format),
        },
      ),
      this.toolbar,
    );
  }

  private async save(format: PictureFormat): Promise<void> {
    const topology = this.store.model?.topology;
    if (topology && this.shown)
      await exportPicture(this.store, { topology, ...this.shown }, format);
  }

  /** Opens what is around an item, and selects it. */
  private async find(path: string): Promise<void> {
    const around = [...this.items.keys()].filter((outer) => path.startsWith(`${outer}.`));
    const closed = around.filter((outer) => this.isCollapsed(outer));
    if (closed.length > 0) {
      const opened = Object.fromEntries(closed.map((outer) => [outer, false]));
      this.store.remember({ collapsed: { ...this.store.state.collapsed, ...opened } });
      await this.layOut();
    }
    this.store.select(path);
    this.showSelection();
  }

  private summary(): string {
    const layers = [...this.items.values()].filter(({ kind }) => kind === 'layer');
    const parameters = layers.reduce((sum, item) => sum + item.parameters, 0);
    return `${texts.layers(layers.length)} · ${texts.parameters(formatCompact(parameters))}`;
  }

  private collapsible(): string[] {
    return [...this.items.values()].filter(({ kind }) => kind === 'group').map(({ path }) => path);
  }

  private setAll(collapsed: boolean): void {
    const groups = this.collapsible().map((path) => [path, collapsed] as const);
    const others = collapsed
      ? {}
      : Object.fromEntries([...this.items.keys()].map((path) => [path, false]));
    this.store.remember({ collapsed: { ...others, ...Object.fromEntries(groups) } });
    void this.layOut();
  }

  private async toggle(path: string): Promise<void> {
    const collapsed = { ...this.store.state.collapsed, [path]: !this.isCollapsed(path) };
    this.store.remember({ collapsed });
    const hadFocus = this.world.contains(document.activeElement);
    this.tabStop = path;
    await this.layOut();
    if (hadFocus) this.focus(path);
  }

  private stopOf(path: string): SceneNode | undefined {
    return this.shown?.scene.nodes.find((node) => node.stop && node.item.path === path);
  }

  /** Brings the node of an item, or of the collapsed item around it, into sight. */
  private revealNode(path: string): void {
    const node = this.stopOf(path);
    const place = node && this.shown?.layout.places.get(node);
    if (!node || !place || !this.placed) return;
    this.viewport.reveal({ ...place, width: Math.max(node.width, 160), height: node.height });
  }

  private showSelection(): void {
    const { selection } = this.store;
    if (selection !== null) {
      const around = this.visibleAround(selection);
      if (around !== undefined) {
        this.tabStop = around;
        this.revealNode(around);
      }
    }
    this.redrawSoon();
  }

  /** The item itself when it is drawn, else the innermost drawn one around it. */
  private visibleAround(path: string): string | undefined {
    for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
      const candidate = path.slice(0, end);
      if (this.stopOf(candidate)) return candidate;
    }
    return undefined;
  }

  private focus(path: string): void {
    this.tabStop = path;
    this.revealNode(path);
    this.draw();
    for (const node of this.world.querySelectorAll<SVGGElement>('[role="treeitem"]')) {
      if (node.dataset['path'] === path) node.focus({ preventScroll: true });
    }
  }

  private listen(): void {
    this.svg.addEventListener('click', ({ target }) => {
      const path = pathOf(target);
      if (path === undefined) return;
      if (target instanceof Element && target.closest('[data-toggle]')) void this.toggle(path);
      else {
        this.store.select(path);
        this.focus(path);
      }
    });
    this.svg.addEventListener('dblclick', ({ target }) => {
      const path = pathOf(target);
      const onToggle = target instanceof Element && target.closest('[data-toggle]');
      if (path === undefined || onToggle || this.items.get(path)?.kind === 'layer') return;
      void this.toggle(path);
    });
    this.svg.addEventListener('keydown', (event) => {
      const path = pathOf(event.target);
      if (path === undefined || !this.shown || event.ctrlKey || event.metaKey || event.altKey)
        return;
      const action = treeAction(this.shown.scene, path, event.key);
      if (!action) return;
      event.preventDefault();
      const target = action.node.item.path;
      if (action.type === 'focus') this.focus(target);
      else if (action.type === 'toggle') void this.toggle(target);
      else this.store.select(target);
    });
  }
}

function pathOf(target: EventTarget | null): string | undefined {
  const node = target instanceof Element ? target.closest<SVGElement>('[data-path]') : null;
  return node?.dataset['path'];
}

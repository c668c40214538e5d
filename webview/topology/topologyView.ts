import { render } from 'lit-html';
import { coalesce, throttle } from '../frames.ts';
import type { Change, PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { describe } from './describe.ts';
import { listenToPicture, type Choice } from './input.ts';
import { BranchLayouts } from './branchLayouts.ts';
import { stackPieces, type BranchLayout, type Layout } from './layout.ts';
import { legendTemplate } from './legend.ts';
import { Minimap } from './minimap.ts';
import { ModelItems } from './modelItems.ts';
import { updateNorms } from './liveNorms.ts';
import { exportPicture, type PictureFormat } from './exportPicture.ts';
import { pictureTemplate } from './picture.ts';
import { pointsOf } from './rail.ts';
import { buildScene, type Scene } from './scene.ts';
import { Search } from './search.ts';
import { simpleLayouts } from './simpleBranch.ts';
import { Stops } from './stops.ts';
import { toolbarTemplate } from './toolbar.ts';
import { Viewport } from './viewport.ts';

/** Nodes up to which everything is drawn; of more, only what is seen. */
const drawnWhole = 300;
/** Below this scale texts cannot be read and are left out. */
const farScale = 0.4;

/** The legend is open at first where the picture is wider than this. */
const roomForLegend = 520;
/** A picture that takes longer to lay out than this is preceded by a simpler one. */
const layoutPatience = 400;

/** What is remembered goes to another process: not at every turn of the wheel. In milliseconds. */
const rememberEvery = 200;

/** The picture of the model beside its toolbar. */
export class TopologyView {
  private readonly store: PanelStore;
  private readonly toolbar: HTMLElement;
  private readonly svg: SVGSVGElement;
  private readonly world: SVGGElement;
  private readonly viewport: Viewport;
  private readonly branches: BranchLayouts;
  private readonly minimap: Minimap;
  private readonly legend: HTMLElement;
  private isLegendOpenNarrow = false;
  private readonly redrawSoon = coalesce(() => this.draw());
  private readonly rememberPlaceSoon = throttle(
    () => this.store.remember({ zoom: this.viewport.transform }),
    rememberEvery,
  );
  private items = new ModelItems(undefined);
  private shown: { readonly scene: Scene; readonly layout: Layout } | undefined;
  private stops = new Stops(undefined);
  private readonly search = new Search(() => this.items.byPath.values(), {
    go: (path) => void this.find(path),
    changed: () => {
      this.drawToolbar();
      this.redrawSoon();
    },
    leave: () => this.focus(this.tabStop ?? this.stops.all[0]?.item.path ?? ''),
  });
  /** Where a range of selected nodes begins. */
  private anchor: string | undefined;
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
    this.svg.setAttribute('aria-multiselectable', 'true');
    this.world = document.createElementNS('http://www.w3.org/2000/svg', 'g');
    this.svg.append(this.world);
    this.legend = document.createElement('div');
    const place = document.createElement('div');
    place.className = 'picturePlace';
    place.append(this.svg);
    container.append(this.toolbar, place, this.legend);
    this.branches = new BranchLayouts(workerAddress);
    this.viewport = new Viewport(this.svg, this.world, (byUser) => this.moved(byUser));
    this.minimap = new Minimap(place, this.viewport, () => this.rememberPlaceSoon());
    listenToPicture(this.svg, this.search, {
      scene: () => this.shown?.scene,
      isLayer: (path) => this.items.byPath.get(path)?.kind === 'layer',
      choose: (path, how) => this.choose(path, how),
      focus: (path) => this.focus(path),
      toggle: (path) => void this.toggle(path),
    });
    new ResizeObserver(() => this.resized()).observe(this.svg);
  }

  update(changes: ReadonlySet<Change>): void {
    if (changes.has('model')) {
      this.items = new ModelItems(this.store.model?.topology);
      void this.layOut();
    }
    if (changes.has('run') || changes.has('stream')) this.redrawSoon();
    if (changes.has('selection')) this.showSelection();
  }

  /** Takes the font of the theme again. */
  restyle(): void {
    this.redrawSoon();
  }

  /** Writes the newest numbers into the norms. */
  updateNumbers(): void {
    updateNorms(this.world, this.store.run, (path) => {
      const node = this.stops.of(path);
      return node ? describe(node.item, node.parent) : path;
    });
  }

  private isCollapsed(path: string): boolean {
    return this.items.isCollapsed(path, this.store.state.collapsed);
  }

  private async layOut(): Promise<void> {
    const topology = this.store.model?.topology;
    if (!topology) {
      this.shown = undefined;
      this.stops = new Stops(undefined);
      this.draw();
      return;
    }
    const scene = buildScene(topology, (path) => this.isCollapsed(path));
    // The worker may take long, to start or for a net of many kinds of residuals: a plainer picture is better than an old one.
    const early = setTimeout(() => this.show(scene, simpleLayouts(scene)), layoutPatience);
    const branches = await this.branchesOf(scene);
    clearTimeout(early);
    // A newer model has come meanwhile.
    if (branches && topology === this.store.model?.topology) this.show(scene, branches);
  }

  private show(scene: Scene, branches: readonly BranchLayout[]): void {
    const layout = stackPieces(scene, branches);
    this.shown = { scene, layout };
    this.stops = new Stops(scene);
    this.viewport.setBounds(layout);
    this.place();
    this.draw();
  }

  private async branchesOf(scene: Scene): Promise<readonly BranchLayout[] | undefined> {
    try {
      return await this.branches.layOut(scene);
    } catch (error) {
      this.warn(texts.simpleLayout(error instanceof Error ? error.message : String(error)));
      return simpleLayouts(scene);
    }
  }

  /** Chooses the place of the first picture: where the user left it, or its beginning. */
  private place(): void {
    if (this.placed || !this.shown || this.viewport.size.width === 0) return;
    this.placed = true;
    const { zoom } = this.store.state;
    if (zoom) this.viewport.restore(zoom);
    else this.viewport.fitWidth();
    // Where the user was need not be where the selection is.
    this.showSelection(zoom === undefined);
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
    this.drawOverlays();
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
    const { stops } = this;
    const tabStop = this.tabStop !== null && stops.of(this.tabStop) ? this.tabStop : null;
    render(
      pictureTemplate(scene, layout, seen, {
        selected: stops.drawn(this.store.selected),
        found: stops.drawn(this.search.found),
        tabStop: tabStop ?? stops.all[0]?.item.path ?? null,
        points: pointsOf(this.store.run),
      }),
      this.world,
    );
    this.updateNumbers();
  }

  /** What lies over the picture: its legend and the map. */
  private drawOverlays(): void {
    const { store, shown, stops } = this;
    // In a narrow picture it covers half of what it explains: there it is a line to be opened each time.
    const hasRoom = this.viewport.size.width > roomForLegend;
    const isOpen = hasRoom ? (store.state.legendOpen ?? true) : this.isLegendOpenNarrow;
    render(
      legendTemplate(store.run?.stream !== undefined, isOpen, (legendOpen) => {
        if (!hasRoom) this.isLegendOpenNarrow = legendOpen;
        else if (legendOpen !== (store.state.legendOpen ?? true)) store.remember({ legendOpen });
      }),
      this.legend,
    );
    const paths = [...stops.drawn(store.selected), ...stops.drawn(this.search.found)];
    const marked = new Set(paths.flatMap((path) => stops.of(path) ?? []));
    this.minimap.draw(shown?.scene, shown?.layout, marked);
  }

  private drawToolbar(): void {
    const { viewport } = this;
    const move = (action: () => void) => () => {
      action();
      this.rememberPlaceSoon();
    };
    render(
      toolbarTemplate(
        this.items.summary,
        viewport.transform.k,
        this.items.collapsible.length > 0,
        this.search.template(),
        {
          collapseAll: () => void this.setAll(true),
          expandAll: () => void this.setAll(false),
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
    const closed = this.items.closedAround(path, this.store.state.collapsed);
    if (closed.length > 0) {
      const opened = Object.fromEntries(closed.map((outer) => [outer, false]));
      this.store.remember({ collapsed: { ...this.store.state.collapsed, ...opened } });
      await this.layOut();
    }
    this.store.select(path);
    this.showSelection();
  }

  private async setAll(isCollapsed: boolean): Promise<void> {
    this.store.remember({ collapsed: this.items.all(isCollapsed) });
    await this.layOut();
    this.viewport.centerWidth();
    this.rememberPlaceSoon();
  }

  private async toggle(path: string): Promise<void> {
    const collapsed = { ...this.store.state.collapsed, [path]: !this.isCollapsed(path) };
    this.store.remember({ collapsed });
    const hadFocus = this.world.contains(document.activeElement);
    this.tabStop = path;
    await this.layOut();
    if (hadFocus) this.focus(path);
  }

  /** Brings the node of an item, or of the collapsed item around it, into sight. */
  private revealNode(path: string): void {
    const node = this.stops.of(path);
    const place = node && this.shown?.layout.places.get(node);
    if (!node || !place || !this.placed) return;
    this.viewport.reveal({ ...place, width: Math.max(node.width, 160), height: node.height });
  }

  private showSelection(isRevealed = true): void {
    const { selection } = this.store;
    if (selection !== null) {
      const around = this.stops.around(selection);
      if (around !== undefined) {
        this.tabStop = around;
        if (isRevealed) this.revealNode(around);
      }
    }
    this.redrawSoon();
  }

  private focus(path: string): void {
    this.tabStop = path;
    this.revealNode(path);
    this.draw();
    for (const node of this.world.querySelectorAll<SVGGElement>('[role="treeitem"]')) {
      if (node.dataset['path'] === path) node.focus({ preventScroll: true });
    }
  }

  /** Selects an item; a range begins where the selection before it did. */
  private choose(path: string, how: Choice): void {
    const { store, stops } = this;
    const isCurrent = this.anchor !== undefined && store.selected.includes(this.anchor);
    const from = isCurrent ? this.anchor : stops.around(store.selection ?? '');
    if (how === 'extend') store.selectSeveral(stops.range(from, path));
    else {
      this.anchor = path;
      if (how === 'add') store.toggleSelected(path);
      else store.select(path);
    }
    this.focus(path);
  }
}

import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { counted } from '../base/counts.ts';
import { fromJson, type JsonText } from '../base/json.ts';
import { DisposableStore, type Disposable } from '../base/lifetime.ts';
import { childrenOf, type Topology, type TopologyItem } from '../topology/topology.ts';
import type { ActiveModel } from './activeModel.ts';
import type { Models } from './models.ts';
import type { Selection } from './selection.ts';

const { window, ThemeIcon } = vscode;

/** A row of the tree of layers. */
export interface LayerNode {
  readonly item: TopologyItem;
  readonly parent: LayerNode | undefined;
  readonly children: readonly LayerNode[];
}

interface LayerTree {
  readonly topology: JsonText<Topology>;
  readonly roots: readonly LayerNode[];
  readonly byPath: ReadonlyMap<string, LayerNode>;
}

/** The layers of the active model as a tree in the side bar; the selected one is that of editor and panel. */
export class LayersView implements Disposable, vscode.TreeDataProvider<LayerNode> {
  private readonly models: Models;
  private readonly active: ActiveModel;
  private readonly selection: Selection;
  private readonly store = new DisposableStore();
  private readonly changes = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<LayerNode>;
  private tree: LayerTree | undefined;
  readonly onDidChangeTreeData = this.changes.event;

  constructor(models: Models, active: ActiveModel, selection: Selection) {
    this.models = models;
    this.active = active;
    this.selection = selection;
    const { store } = this;
    store.add(this.changes);
    this.view = store.add(
      window.createTreeView('normscope.layers', {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: true,
      }),
    );
    store.add(active.onDidChange(() => this.update()));
    store.add(
      models.onDidCheck(({ uri }) => {
        if (uri.toString() === active.uri?.toString()) this.update();
      }),
    );
    store.add(selection.onDidChange(() => void this.follow()));
    store.add(
      this.view.onDidChangeSelection(({ selection: nodes }) => {
        const [path, ...also] = nodes.map(({ item }) => item.path).toReversed();
        // A single row is shown by its own command; that the picture's selection is shown here changes nothing.
        if (path !== undefined && also.length > 0) void selection.reveal(path, also);
      }),
    );
    store.add(
      this.view.onDidChangeVisibility(() => {
        this.update();
        void this.follow();
      }),
    );
    store.add(
      vscode.commands.registerCommand('normscope.revealLayer', async (path: string) => {
        selection.select(path);
        await selection.reveal(path);
      }),
    );
  }

  getChildren(node?: LayerNode): LayerNode[] {
    return [...(node ? node.children : (this.load()?.roots ?? []))];
  }

  getParent({ parent }: LayerNode): LayerNode | undefined {
    return parent;
  }

  getTreeItem({ item, children, parent }: LayerNode): vscode.TreeItem {
    const { path, line } = item;
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
    // The first block of a stack says what the others are like.
    const isOpen = item.kind === 'residual' && parent === undefined;
    const state = children.length === 0 ? None : isOpen ? Expanded : Collapsed;
    const above = parent === undefined ? '' : `${parent.item.path}.`;
    const label = path.startsWith(above) ? path.slice(above.length) : path;
    const row = new vscode.TreeItem(label, state);
    const facts = factsOf(item);
    row.id = path;
    row.description = facts.join(' · ');
    row.tooltip = [path, ...facts, l10n.t('line {0}', line)].join('\n');
    row.iconPath = new ThemeIcon(iconOf(item));
    row.contextValue = item.kind;
    row.command = {
      command: 'normscope.revealLayer',
      title: l10n.t('Show Line'),
      arguments: [path],
    };
    return row;
  }

  dispose(): void {
    this.store.dispose();
  }

  private update(): void {
    const model = this.active.uri && this.models.get(this.active.uri);
    const { view } = this;
    view.description = model?.view.name ?? '';
    // Half-typed text: the tree is that of the last picture.
    view.message = model?.view.stale ? l10n.t('The model file has a mistake.') : '';
    if (view.visible && model?.view.topology !== this.tree?.topology) this.changes.fire(undefined);
  }

  /** Read only when the tree is looked at: for a large model it is large. */
  private load(): LayerTree | undefined {
    const topology = this.active.uri && this.models.get(this.active.uri)?.view.topology;
    if (topology === undefined) return (this.tree = undefined);
    if (this.tree?.topology !== topology) this.tree = treeOf(topology);
    return this.tree;
  }

  /** The path that is selected in the tree. */
  get selected(): string | undefined {
    return this.view.selection[0]?.item.path;
  }

  private async follow(): Promise<void> {
    const path = this.selection.current;
    if (!this.view.visible || path === null) return;
    const node = this.load()?.byPath.get(path);
    const isSelected = this.view.selection.some(({ item }) => item.path === path);
    if (node === undefined || isSelected) return;
    try {
      await this.view.reveal(node, { select: true, focus: false });
    } catch {
      // The model was edited meanwhile: the tree that comes next is another.
    }
  }
}

function treeOf(topology: JsonText<Topology>): LayerTree {
  const byPath = new Map<string, LayerNode>();
  const nodeOf = (item: TopologyItem, parent: LayerNode | undefined): LayerNode => {
    const children: LayerNode[] = [];
    const node = { item, parent, children };
    byPath.set(item.path, node);
    for (const child of childrenOf(item)) children.push(nodeOf(child, node));
    return node;
  };
  const roots = fromJson(topology).items.map((item) => nodeOf(item, undefined));
  return { topology, roots, byPath };
}

function factsOf(item: TopologyItem): readonly string[] {
  const { outputShape, parameters } = item;
  return [
    ...(item.kind === 'layer' ? [item.type] : []),
    ...(item.kind === 'residual' && item.placement !== 'none' ? [`${item.placement}-norm`] : []),
    ...(outputShape && outputShape.length > 0 ? [`[${outputShape.join(', ')}]`] : []),
    ...(parameters > 0 ? [counted.parameters(parameters)] : []),
  ];
}

function iconOf(item: TopologyItem): string {
  if (item.kind === 'group') return 'symbol-namespace';
  if (item.kind === 'residual') return 'git-merge';
  const icons = {
    norm: 'graph-line',
    layer: 'symbol-method',
    loss: 'target',
    input: 'arrow-right',
  };
  return icons[item.role];
}

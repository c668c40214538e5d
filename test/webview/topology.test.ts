import type { TopologyItem } from '../../src/topology/topology.ts';
import { equal, near, ok } from './assert.ts';
import { closePanels, openPanel, settled, until, type PanelPage } from './panelPage.ts';
import { exampleTopology } from './exampleModel.ts';
import { gptTopology, layer, modelOf, residual, runOf } from './sampleModel.ts';

async function show(
  page: PanelPage,
  items: readonly TopologyItem[],
  more: { readonly selection?: string | null } = {},
): Promise<void> {
  const model = modelOf({ name: 'sample', items, links: [] });
  page.post({ type: 'hydrate', model, run: null, selection: more.selection ?? null });
  await until('the picture is drawn', () => page.all('.node').length > 0);
}

function centre(element: Element): { readonly x: number; readonly y: number } {
  const box = element.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

function nodeOf(page: PanelPage, path: string): HTMLElement {
  return page.get(`[role="treeitem"][data-path="${CSS.escape(path)}"]`);
}

function isSelected(page: PanelPage, path: string): boolean {
  return nodeOf(page, path).getAttribute('aria-selected') === 'true';
}

function click(element: Element): void {
  element.dispatchEvent(new MouseEvent('click', { bubbles: true }));
}

function press(element: Element, key: string): void {
  element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

function focused(page: PanelPage): string | undefined {
  const active = page.document.activeElement as HTMLElement | null;
  return active?.dataset['path'];
}

describe('the picture of the topology', () => {
  afterEach(closePanels);

  it('draws the stream as one straight line through every sum, fork and layer on it', async () => {
    const page = await openPanel();
    const topology = gptTopology(2);
    page.post({ type: 'hydrate', model: modelOf(topology), run: null, selection: null });
    await until('all sums are drawn', () => page.all('[data-kind="sum"]').length === 4);
    const stream = centre(page.get('line.stream')).x;
    const sums = page.all('[data-kind="sum"] circle').map((sum) => centre(sum).x);
    const forks = page.all('.node.fork .dot').map((dot) => centre(dot).x);
    const onStream = ['embedding', 'positions', 'norm', 'head', 'loss'].map(
      (path) => centre(nodeOf(page, path).querySelector('.card') ?? page.document.body).x,
    );
    equal(forks.length, 4, 'forks');
    for (const x of [...sums, ...forks, ...onStream]) near(x, stream, 0.01, 'x on the stream');
    equal(page.violations, [], 'violations of the policy');
    equal(page.errors, [], 'errors');
  });

  it('draws branches beside the stream, in the order of computation, without overlap', async () => {
    const page = await openPanel();
    const topology = gptTopology(2);
    page.post({ type: 'hydrate', model: modelOf(topology), run: null, selection: null });
    await until('the picture is drawn', () => page.all('.node.norm').length === 5);
    const stream = centre(page.get('line.stream')).x;
    const attention = nodeOf(page, 'blocks.0.attention.norm').querySelector('.card');
    ok(
      attention !== null && attention.getBoundingClientRect().left > stream + 10,
      'beside the stream',
    );
    const boxes = page.all('.node .card').map((card) => card.getBoundingClientRect());
    for (const [i, box] of boxes.entries()) {
      for (const other of boxes.slice(i + 1)) {
        const apart =
          box.right <= other.left ||
          other.right <= box.left ||
          box.bottom <= other.top ||
          other.bottom <= box.top;
        ok(apart, `boxes ${JSON.stringify(box)} and ${JSON.stringify(other)} overlap`);
      }
    }
  });

  it('keeps the stream straight for nested residuals, projections, missing shortcuts and post-norm', async () => {
    const page = await openPanel();
    const inner = residual('a.inner', 3, [layer('a.inner.0', 'Linear', 4, [8])]);
    await show(page, [
      layer('in', 'Linear', 1, [8]),
      residual('a', 2, [inner, layer('a.1', 'GELU', 5, [8])], {
        shortcut: 'projection',
        skip: [layer('a.shortcut', 'Linear', 2, [8], 64)],
      }),
      residual('b', 6, [layer('b.0', 'Linear', 7, [8])], {
        placement: 'post',
        after: [layer('b.norm', 'LayerNorm', 6, [8])],
      }),
      residual('c', 8, [layer('c.0', 'Linear', 9, [8])], { shortcut: 'none' }),
    ]);
    const stream = centre(page.get('line.stream')).x;
    for (const path of ['a', 'b']) {
      near(centre(page.get(`[data-kind="sum"][data-path="${path}"]`)).x, stream, 0.01, path);
    }
    near(centre(page.get('[data-path="a.shortcut"] .card')).x, stream, 0.01, 'projection');
    near(centre(page.get('[data-path="b.norm"] .card')).x, stream, 0.01, 'post-norm on the stream');
    near(centre(page.get('[data-path="c.0"] .card')).x, stream, 0.01, 'no shortcut: on the stream');
    equal(page.all('[data-kind="sum"][data-path="c"]').length, 0, 'sums without a shortcut');
    const innerFork = centre(page.get('.node.fork[data-path="a.inner"] .dot')).x;
    const innerSum = centre(page.get('[data-kind="sum"][data-path="a.inner"]')).x;
    near(innerFork, innerSum, 0.01, 'inner stream');
    ok(innerSum > stream + 50, 'the inner residual is in the branch');
  });

  it('draws a ResNet: stages, down-sampling, projections with their norm on the skip', async () => {
    const page = await openPanel({ width: 1600 });
    const topology = await exampleTopology('resnet-18');
    const run = runOf(topology, 20);
    page.post({ type: 'hydrate', model: modelOf(topology), run, selection: null });
    await until('collapsed', () => page.all('.node.group').length === 4);
    const texts = (selector: string) => page.all(selector).map((text) => text.textContent);
    const stages = ['64×64', '32×32', '16×16', '8×8', '4×4', '2×2', '1×1'];
    equal(texts('.stageText'), stages, 'sizes of the stages');
    ok(texts('text.shape').includes('128×8×8 ↓2'), 'a stage halves the pictures');
    click(page.get('[data-action="expandAll"]'));
    await until('open', () => page.all('.node.norm').length === 20);
    equal(texts('.stageText'), stages, 'sizes of the stages when open');
    const stream = centre(page.get('line.stream')).x;
    const skip = ['layer2.0.downsample.0', 'layer2.0.downsample.1'].map(
      (path) => nodeOf(page, path).querySelector('.card') ?? page.document.body,
    );
    for (const card of skip) near(centre(card).x, stream, 0.01, 'on the skip');
    await until('numbers', () => {
      const number = '.node.norm[data-path="layer2.0.downsample.1"] [data-live="in.var"]';
      return /\d/.test(page.get(number).textContent);
    });
    const conv = nodeOf(page, 'layer2.0.conv1').querySelector('.card') ?? page.document.body;
    const below = page
      .all('text.shape')
      .filter((text) => text.textContent === '128×8×8 ↓2')
      .map((text) => text.getBoundingClientRect());
    equal(below.length, 3, 'behind the convolution, the projection and the sum');
    ok(
      below.some(({ top }) => Math.abs(top - conv.getBoundingClientRect().bottom) < 12),
      'right below the convolution that does it',
    );
  });

  it('posts reveal when a layer is clicked, and marks it', async () => {
    const page = await openPanel();
    await show(page, gptTopology(1).items);
    click(nodeOf(page, 'blocks.0.mlp.norm').querySelector('.card') ?? page.document.body);
    equal(page.sent, [{ type: 'reveal', path: 'blocks.0.mlp.norm' }], 'sent');
    await until('selected', () => isSelected(page, 'blocks.0.mlp.norm'));
    equal(page.all('.node.selected').length, 1, 'selected nodes');
    click(page.get('[data-kind="sum"][data-path="blocks.0.attention"]'));
    equal(page.sent[1], { type: 'reveal', path: 'blocks.0.attention' }, 'sent for a sum');
  });

  it('marks the layer at the cursor of the editor and brings it into sight, without an answer', async () => {
    const page = await openPanel({ height: 500 });
    await show(page, gptTopology(3).items);
    const before = nodeOf(page, 'loss').getBoundingClientRect();
    ok(before.top > 500, 'the loss is out of sight at first');
    page.post({ type: 'selection', path: 'loss' });
    await until('in sight', () => nodeOf(page, 'loss').getBoundingClientRect().bottom < 500);
    await until('marked', () => isSelected(page, 'loss'));
    equal(nodeOf(page, 'loss').getAttribute('aria-selected'), 'true', 'aria-selected');
    equal(page.sent, [], 'sent');
  });

  it('shows names of layers as text, whatever they are', async () => {
    const page = await openPanel();
    const hostile = '<img src=x onerror="window.stolen=1">';
    const long = '层'.repeat(300);
    await show(page, [
      layer(hostile, '<script>window.stolen=1</script>', 1, [8]),
      layer(long, 'Linear', 2, [8]),
      layer(`${'a'.repeat(40)}]"'.b`, 'LayerNorm', 3, [8]),
    ]);
    await settled();
    equal(page.all('img, .node script').length, 0, 'elements made of names');
    equal('stolen' in page.window, false, 'script has run');
    const shown = page.get('.node text').textContent;
    ok(shown.startsWith('<script>'), `shown as text: ${shown}`);
    for (const text of page.all('.node text')) {
      const card = text.closest('.node')?.querySelector('.card')?.getBoundingClientRect();
      const box = text.getBoundingClientRect();
      ok(card !== undefined && box.right <= card.right + 1, `${text.textContent} stays inside`);
    }
    ok(page.get('.node title').textContent.includes(hostile), 'the tooltip has the whole name');
    equal(page.violations, [], 'violations');
  });

  it('is a tree for the keyboard', async () => {
    const page = await openPanel();
    await show(page, gptTopology(1).items);
    equal(page.get('svg.picture').getAttribute('role'), 'tree', 'role');
    equal(page.all('[role="treeitem"][tabindex="0"]').length, 1, 'stops of the Tab key');
    nodeOf(page, 'embedding').focus();
    press(nodeOf(page, 'embedding'), 'ArrowDown');
    equal(focused(page), 'positions', 'after ArrowDown');
    press(nodeOf(page, 'positions'), 'ArrowDown');
    equal(focused(page), 'blocks.0', 'the group');
    equal(nodeOf(page, 'blocks.0').getAttribute('aria-expanded'), 'true', 'aria-expanded');
    press(nodeOf(page, 'blocks.0'), 'ArrowRight');
    equal(focused(page), 'blocks.0.attention', 'into the group');
    press(nodeOf(page, 'blocks.0.attention'), 'ArrowDown');
    press(nodeOf(page, 'blocks.0.attention.norm'), 'Enter');
    equal(page.sent, [{ type: 'reveal', path: 'blocks.0.attention.norm' }], 'Enter reveals');
    press(nodeOf(page, 'blocks.0.attention.norm'), 'ArrowLeft');
    equal(focused(page), 'blocks.0.attention', 'to the parent');
    press(nodeOf(page, 'blocks.0.attention'), 'ArrowLeft');
    await until('collapsed', () => page.all('.node.residual').length === 1);
    await until('focus stays', () => focused(page) === 'blocks.0.attention');
    equal(nodeOf(page, 'blocks.0.attention').getAttribute('aria-expanded'), 'false', 'collapsed');
    press(nodeOf(page, 'blocks.0.attention'), 'End');
    equal(focused(page), 'loss', 'End');
    press(nodeOf(page, 'loss'), 'Home');
    equal(focused(page), 'embedding', 'Home');
    for (const item of page.all('[role="treeitem"]')) {
      ok((item.getAttribute('aria-label') ?? '').length > 3, 'every item has a label');
    }
  });

  it('opens a large model collapsed, expands by double click, remembers', async () => {
    const page = await openPanel();
    const topology = gptTopology(12);
    page.post({ type: 'hydrate', model: modelOf(topology), run: null, selection: null });
    await until('collapsed', () => page.all('.node.group').length === 12);
    equal(page.all('.node.norm').length, 1, 'norms on the stream');
    nodeOf(page, 'blocks.3').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await until('expanded', () => page.all('.node.group').length === 11);
    equal(page.all('.node.norm').length, 3, 'norms shown');
    const again = await openPanel({ saved: page.saved() });
    again.post({ type: 'hydrate', model: modelOf(topology), run: null, selection: null });
    await until('drawn again', () => again.all('.node.norm').length === 3);
    click(again.get('[data-action="expandAll"]'));
    await until('all open', () => again.all('.node.group').length === 0);
    equal(again.all('[data-kind="sum"]').length, 24, 'sums');
  });

  it('shows blocks that repeat once, with their number, and opens them', async () => {
    const page = await openPanel();
    const model = modelOf(gptTopology(96));
    page.post({ type: 'hydrate', model, run: null, selection: null });
    await until('collapsed', () => page.all('.node.group').length === 1);
    ok(page.get('.node.group').textContent.includes('96 × · 576 layers · 192 norms'), 'number');
    nodeOf(page, 'blocks').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await until('opened', () => page.all('.node.group').length > 10);
    ok(page.all('.node.norm').length <= 1, 'each of them is collapsed');
  });

  it('finds layers by name, opens what is around them, and goes round', async () => {
    const page = await openPanel();
    const model = modelOf(gptTopology(96));
    page.post({ type: 'hydrate', model, run: null, selection: null });
    await until('collapsed', () => page.all('.node.group').length === 1);
    const input = page.get('.search input') as HTMLInputElement;
    const ask = (text: string) => {
      input.value = text;
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
    };
    ask('94 mlp layernorm');
    equal(page.get('.search output').textContent, '1', 'found');
    equal(page.sent, [], 'nothing moves while one types');
    press(input, 'Enter');
    await until(
      'selected',
      () => page.all('.node.norm.selected[data-path="blocks.94.mlp.norm"]').length === 1,
    );
    const box = nodeOf(page, 'blocks.94.mlp.norm').getBoundingClientRect();
    ok(box.top > 0 && box.bottom < 800, 'in sight');
    equal(page.sent, [{ type: 'reveal', path: 'blocks.94.mlp.norm' }], 'and in the editor');
    ask('9.attention.norm');
    const at = () => page.get('.search output').textContent;
    equal(at(), '9', 'blocks 9, 19 … 89');
    press(input, 'Enter');
    equal(at(), '1 / 9');
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', shiftKey: true }));
    equal(at(), '9 / 9', 'back, round the beginning');
    press(input, 'Escape');
    equal([input.value, at()], ['', ''], 'Escape clears');
  });

  it('saves the whole picture as SVG and PNG, and the model as Mermaid', async () => {
    const page = await openPanel();
    const topology = gptTopology(2);
    const run = runOf(topology, 20);
    page.post({ type: 'hydrate', model: modelOf(topology), run, selection: null });
    await until('drawn', () => page.all('.node.norm').length === 5);
    const saved = async (format: string) => {
      page.get('.heading .menuButton').click();
      click(page.get(`[data-action="save-${format}"]`));
      await until(format, () => page.sent.length > 0);
      const message = page.sent.pop();
      ok(message?.type === 'save', 'a message to save');
      return message;
    };
    const svg = await saved('svg');
    equal([svg.name, svg.encoding], ['char-gpt.svg', 'utf8']);
    const drawing = new DOMParser().parseFromString(svg.content, 'image/svg+xml');
    equal(drawing.querySelector('parsererror'), null, 'well formed');
    for (const word of ['blocks.1', 'MultiheadAttention', 'CrossEntropyLoss', 'σ²']) {
      ok(svg.content.includes(word), word);
    }
    ok(!/var\(|color-mix|color\(|class=/.test(svg.content), 'needs no style sheet');
    const png = await saved('png');
    equal([png.name, png.encoding], ['char-gpt.png', 'base64']);
    const image = new Image();
    image.src = `data:image/png;base64,${png.content}`;
    await image.decode();
    const [, , width = 0] = (drawing.documentElement.getAttribute('viewBox') ?? '').split(' ');
    equal(image.width, 2 * Number(width), 'twice as many pixels');
    const mermaid = await saved('mermaid');
    equal(mermaid.name, 'char-gpt.mmd');
    ok(mermaid.content.startsWith('flowchart TD\n'), 'a flowchart');
    equal(page.all('.picture.exported').length, 0, 'nothing is left on the page');
    equal(page.violations, [], 'violations of the policy');
    equal(page.errors, [], 'errors');
  });

  it('selects the collapsed group around a layer that is not drawn', async () => {
    const page = await openPanel();
    const model = modelOf(gptTopology(12));
    page.post({ type: 'hydrate', model, run: null, selection: null });
    await until('collapsed', () => page.all('.node.group').length === 12);
    page.post({ type: 'selection', path: 'blocks.11.mlp.2' });
    await until('in sight', () => {
      const box = nodeOf(page, 'blocks.11').getBoundingClientRect();
      return box.top > 0 && box.bottom < 800;
    });
    await until('marked', () => isSelected(page, 'blocks.11'));
    equal(nodeOf(page, 'blocks.11').getAttribute('tabindex'), '0', 'reached by Tab');
  });

  it('scrolls by the wheel, zooms by Ctrl and the wheel, and remembers the place', async () => {
    const page = await openPanel();
    await show(page, gptTopology(3).items);
    const svg = page.get('svg.picture');
    const before = centre(nodeOf(page, 'embedding'));
    const wheel = { bubbles: true, cancelable: true, clientX: 200, clientY: 300 };
    svg.dispatchEvent(new WheelEvent('wheel', { ...wheel, deltaY: 100 }));
    near(centre(nodeOf(page, 'embedding')).y, before.y - 100, 0.5, 'scrolled');
    near(centre(nodeOf(page, 'embedding')).x, before.x, 0.5, 'not sideways');
    await until('remembered', () => page.saved() !== undefined);
    svg.dispatchEvent(new WheelEvent('wheel', { ...wheel, deltaY: -100, ctrlKey: true }));
    await settled();
    ok(page.get('.scale').textContent.trim() !== '100%', 'zoomed');
    const zoom = (page.saved() as { zoom?: { k: number } } | undefined)?.zoom;
    ok(zoom !== undefined && zoom.k > 1, 'remembered');
    const place = centre(nodeOf(page, 'positions'));
    page.post({ type: 'model', model: modelOf(gptTopology(3)) });
    await settled();
    near(centre(nodeOf(page, 'positions')).y, place.y, 0.5, 'place kept while typing');
  });

  it('fits the whole model', async () => {
    const page = await openPanel();
    await show(page, gptTopology(3).items);
    click(page.get('[data-action="fit"]'));
    await settled();
    const view = page.get('svg.picture').getBoundingClientRect();
    for (const path of ['embedding', 'loss']) {
      const box = nodeOf(page, path).getBoundingClientRect();
      ok(box.top >= view.top && box.bottom <= view.bottom, `${path} is in sight`);
    }
  });

  it('shows a simpler layout and says why when the worker cannot be started', async () => {
    const page = await openPanel({ layoutWorker: `${location.origin}/no-such-worker.js` });
    await show(page, gptTopology(2).items);
    await until('the banner', () => page.all('.banner[data-severity="warning"]').length === 1);
    ok(page.get('.banner').textContent.includes('404'), 'names the reason');
    const xs = page.all('[data-kind="sum"] circle').map((sum) => centre(sum).x);
    equal(xs.length, 4, 'sums');
    for (const x of xs) near(x, xs[0] ?? 0, 0.01, 'straight');
  });

  it('draws links as curves that end at their target', async () => {
    const page = await openPanel();
    const items = [
      layer('a', 'Linear', 1, [8]),
      layer('b', 'Linear', 2, [8]),
      layer('c', 'Add', 3, [8]),
    ];
    const model = modelOf({
      name: 'links',
      items,
      links: [
        { from: 'a', to: 'c' },
        { from: 'a', to: 'nowhere' },
      ],
    });
    page.post({ type: 'hydrate', model, run: null, selection: null });
    await until('drawn', () => page.all('path.link').length === 1);
    const end = page.get('path.linkEnd').getBoundingClientRect();
    const target = nodeOf(page, 'c').querySelector('.card')?.getBoundingClientRect();
    ok(target !== undefined, 'target');
    near(end.right, target.left, 1.5, 'arrow at the left edge');
  });

  it('stays usable with a thousand nodes', async function () {
    this.timeout(60_000);
    const page = await openPanel();
    const topology = gptTopology(83);
    const groups = ['blocks', ...Array.from({ length: 83 }, (_, i) => `blocks.${i}`)];
    const collapsed = Object.fromEntries(groups.map((path) => [path, false]));
    const opened = await openPanel({ saved: { collapsed } });
    const start = performance.now();
    opened.post({
      type: 'hydrate',
      model: modelOf(topology),
      run: runOf(topology, 50),
      selection: null,
    });
    await until('drawn', () => opened.all('.node.norm').length > 0, 30_000);
    const drawn = performance.now() - start;
    const svg = opened.get('svg.picture');
    const frames: number[] = [];
    for (let i = 0; i < 30; i++) {
      const before = performance.now();
      svg.dispatchEvent(new WheelEvent('wheel', { deltaY: 400, bubbles: true, cancelable: true }));
      await new Promise((resolve) => opened.window.requestAnimationFrame(resolve));
      frames.push(performance.now() - before);
    }
    frames.sort((a, b) => a - b);
    const median = frames[15] ?? NaN;
    // 83 blocks of 12 nodes each when open, and five around them.
    console.log(
      `1,000 nodes: picture after ${drawn.toFixed(0)} ms, a frame while scrolling ${median.toFixed(1)} ms`,
    );
    ok(opened.all('.node').length < 400, 'only what is near the window is drawn');
    ok(drawn < 15_000 && median < 250, `picture ${drawn} ms, frame ${median} ms`);
    opened.post({ type: 'selection', path: 'blocks.82.mlp.norm' });
    await until(
      'the last block comes into sight',
      () => opened.all('[role="treeitem"][data-path="blocks.82.mlp.norm"]').length === 1,
    );
    page.post({ type: 'hydrate', model: modelOf(gptTopology(83)), run: null, selection: null });
    await until('collapsed at first', () => page.all('.node.group').length === 1);
  });
});

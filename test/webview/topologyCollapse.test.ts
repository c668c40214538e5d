import { equal, ok } from './assert.ts';
import { closePanels, openPanel, settled, until } from './panelPage.ts';
import { gptTopology, layer, modelOf, residual, runOf } from './sampleModel.ts';
import { click, nodeOf } from './topologyPage.ts';

describe('collapsed parts of the picture', () => {
  afterEach(closePanels);

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

  it('opens ten thousand nodes collapsed, and the largest model without groups as well', async function () {
    this.timeout(60_000);
    const page = await openPanel();
    const stacked = gptTopology(833);
    page.post({ type: 'hydrate', model: modelOf(stacked), run: null, selection: null });
    await until('collapsed', () => page.all('.node.group').length === 1, 30_000);
    const flat = Array.from({ length: 2500 }, (_, i) =>
      residual(`r${i}`, i, [
        layer(`r${i}.norm`, 'LayerNorm', i, [8]),
        layer(`r${i}.0`, 'Linear', i, [8]),
      ]),
    );
    page.post({ type: 'model', model: modelOf({ name: 'flat', items: flat, links: [] }) });
    await until('residuals are collapsed', () => page.all('.node.residual').length > 0, 30_000);
    equal(page.all('.node.fork').length, 0, 'open residuals');
    ok(page.all('.node').length < 200, 'only what is near the window is drawn');
    equal(page.errors, [], 'errors');
  });

  it('takes the newest of many models that come at once', async () => {
    const page = await openPanel();
    for (let depth = 1; depth <= 12; depth++) {
      // Each has residuals of its own kind, so that each has something to lay out.
      const branch = Array.from({ length: depth }, (_, i) => layer(`r.${i}`, 'Linear', i, [8]));
      const nested = residual('o', 1, [residual('r', 1, branch)]);
      const topology = { name: `m${depth}`, items: [nested], links: [] };
      page.post({ type: 'model', model: modelOf(topology) });
      await new Promise((resolve) => page.window.requestAnimationFrame(resolve));
    }
    await until('the last one', () => page.all('.node.layer').length === 12);
    await settled();
    equal(page.all('.node.layer').length, 12, 'and it stays');
    equal(page.errors, [], 'errors');
  });
});

import type { TopologyItem } from '../../src/topology/topology.ts';
import { equal, near, ok } from './assert.ts';
import { closePanels, openPanel, settled, until } from './panelPage.ts';
import { gptTopology, layer, modelOf, residual } from './sampleModel.ts';
import { centre, nodeOf, show } from './topologyPage.ts';

describe('the drawing of the topology', () => {
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

  it('marks what is wrong in a half-written file, and its tooltip says why', async () => {
    const page = await openPanel();
    const problem = "there is no layer 'Linea'; did you mean 'Linear'?";
    const kept = layer('0', 'Linear', 1, [8]);
    const place = { path: '1', line: 2, parameters: 0, problem };
    const unknown: TopologyItem = { kind: 'layer', role: 'layer', type: 'Linea', ...place };
    const norm = { ...layer('2', 'LayerNorm', 3, [8]), problem: 'eps of LayerNorm is positive' };
    await show(page, [kept, unknown, norm]);
    const marked = page
      .all('.node.wrong')
      .map((node) => [
        node.getAttribute('data-path'),
        node.classList.contains('unknown'),
        node.querySelector('title')?.textContent,
      ]);
    equal(marked, [
      ['1', true, `Linea, 1, ${problem}`],
      ['2', false, `LayerNorm, 2, output 8, ${norm.problem}`],
    ]);
    ok(nodeOf(page, '1').getAttribute('aria-label')?.includes(problem) ?? false, 'is read out');
    const dashes = (path: string) =>
      page.window.getComputedStyle(nodeOf(page, path).querySelector('.card') ?? page.document.body)
        .strokeDasharray;
    equal([dashes('0'), dashes('1')], ['none', '4px, 3px']);
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

  it('shows a simpler layout and says why when the worker cannot be started', async () => {
    const page = await openPanel({ layoutWorker: `${location.origin}/no-such-worker.js` });
    const nested = ['a', 'b'].map((path) => {
      const inner = residual(`${path}.inner`, 3, [layer(`${path}.inner.0`, 'Linear', 4, [8])]);
      return residual(path, 2, [inner]);
    });
    await show(page, nested);
    await until('the banner', () => page.all('.banner[data-severity="warning"]').length === 1);
    ok(page.get('.banner').textContent.includes('404'), 'names the reason');
    const outer = ['a', 'b'].map((path) =>
      page.get(`[data-kind="sum"][data-path="${path}"] circle`),
    );
    const xs = outer.map((sum) => centre(sum).x);
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
});

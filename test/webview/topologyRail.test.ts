import type { StreamPoint } from '../../src/statistics/stream.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { levelOf, railOf, railWidth, type StreamPoints } from '../../webview/topology/rail.ts';
import { simpleLayouts } from '../../webview/topology/simpleBranch.ts';
import { stackPieces } from '../../webview/topology/layout.ts';
import { buildScene } from '../../webview/topology/scene.ts';
import { equal, near, ok } from './assert.ts';
import { closePanels, openPanel, until } from './panelPage.ts';
import { gptTopology, layer, modelOf, residual, runOf, streamOf } from './sampleModel.ts';
import { nodeOf } from './topologyPage.ts';

function point(path: string, skip: number, branch: number): StreamPoint {
  const moments = (variance: number) => ({ rms: Math.sqrt(variance), var: variance });
  const sum = skip + branch;
  const signal = { squaredMean: 0, variance: sum, branchVariance: branch };
  return { path, skip: moments(skip), branch: moments(branch), sum: moments(sum), signal };
}

/** Variance of the stream (its RMS squared) and ratio of each stretch, `?` where nothing is known. */
function stretches(
  topology: Topology,
  points: readonly StreamPoint[],
  collapsed: readonly string[] = [],
): string[] {
  const measured: StreamPoints = new Map(points.map((one) => [one.path, one]));
  const scene = buildScene(topology, (path) => collapsed.includes(path));
  const { places } = stackPieces(scene, simpleLayouts(scene));
  const found = railOf(scene, places, measured);
  for (const [i, { top, bottom }] of found.entries()) {
    ok(bottom > top, 'a stretch has a length');
    equal(top, found[i - 1]?.bottom ?? top, 'they follow each other');
  }
  const text = (value: number | undefined) => (value === undefined ? '?' : value.toFixed(2));
  return found.map(({ rms, ratio }) => {
    const variance = rms === undefined ? undefined : rms ** 2;
    return `${text(variance)} ${text(ratio)}`;
  });
}

function block(path: string) {
  return residual(path, 1, [layer(`${path}.0`, 'Linear', 2, [8])]);
}

const net: Topology = {
  name: 'net',
  items: [
    layer('in', 'Embedding', 1, [8]),
    block('a'),
    block('b'),
    layer('head', 'Linear', 3, [8]),
    layer('loss', 'CrossEntropyLoss', 4, []),
  ],
  links: [],
};

describe('the rail of the residual stream', () => {
  afterEach(closePanels);

  it('is the skip up to a sum, the sum behind it, and unknown behind other layers', () => {
    const points = [point('a', 1, 2), point('b', 3, 0.3)];
    equal(stretches(net, points), [
      '? ?', // inside of the embedding's node
      '1.00 ?', // what a skip by identity carries was there before its fork
      '1.00 2.00',
      '3.00 2.00',
      '3.00 0.10',
      '3.30 0.10',
      '? ?', // what the head makes of it
    ]);
    equal(stretches(net, []), ['? ?'], 'nothing is measured: one plain line');
  });

  it('runs past collapsed residuals with what they made of it', () => {
    const points = [point('a', 1, 2), point('b', 3, 0.3)];
    equal(stretches(net, points, ['a', 'b']), [
      '? ?',
      '1.00 ?',
      '3.00 2.00', // behind the first
      '3.30 0.10',
      '? ?',
    ]);
  });

  it('does not guess what was before a projection', () => {
    const skip = [layer('a.shortcut', 'Linear', 1, [8])];
    const projected = residual('a', 1, [layer('a.0', 'Linear', 2, [8])], {
      shortcut: 'projection',
      skip,
    });
    const items = [layer('in', 'Embedding', 1, [8]), projected, layer('out', 'Linear', 2, [8])];
    const found = stretches({ ...net, items }, [point('a', 1, 2)]);
    equal(found, ['? ?', '1.00 2.00', '3.00 2.00'], 'no stretch of 1.00 before the fork');
  });

  it('is wider by the same for each factor of ten, and never too thin or too wide to be seen', () => {
    near(railWidth(1) - railWidth(0.1), railWidth(10) - railWidth(1), 1e-9, 'per decade');
    ok(railWidth(1e-9) >= 2 && railWidth(1e9) <= 18, 'bounded');
    equal(
      [0.001, 0.01, 0.06, 0.5, 1, 100].map(levelOf),
      [0, 1, 2, 3, 4, 4],
      'colours from little to much',
    );
    equal([levelOf(undefined), levelOf(NaN)], [undefined, undefined]);
  });

  it('is drawn live, with numbers at the sums, in tooltips and for screen readers, and a legend', async () => {
    const page = await openPanel();
    const topology = gptTopology(2);
    page.post({ type: 'hydrate', model: modelOf(topology), run: null, selection: null });
    await until('drawn', () => page.all('[data-kind="sum"]').length === 4);
    equal(page.all('.rail .measured, .legend').length, 0, 'nothing before a run');
    const run = runOf(topology, 20);
    page.post({ type: 'run', run });
    await until('measured', () => page.all('.rail .dashes').length > 3);
    ok(page.get('.legend').textContent.includes('branch/skip'), 'a legend');
    const attention = (step: number) =>
      streamOf(topology, step).points.find(({ path }) => path === 'blocks.1.attention');
    const ratio = (step: number) => {
      const { skip, branch } = attention(step) ?? { skip: { var: NaN }, branch: { var: NaN } };
      return (branch.var / skip.var).toFixed(2);
    };
    const sum = () => page.get('[data-kind="sum"][data-path="blocks.1.attention"]');
    equal(sum().querySelector('.ratio')?.textContent, ratio(20), 'at the sum');
    page.post({ type: 'delta', stream: streamOf(topology, 4000) });
    await until('newer', () => sum().querySelector('.ratio')?.textContent === ratio(4000));
    const label = nodeOf(page, 'blocks.1.attention').getAttribute('aria-label') ?? '';
    ok(label.includes(`ratio ${ratio(4000)}`), `for screen readers: ${label}`);
    ok(sum().querySelector('title')?.textContent.includes(ratio(4000)) === true, 'tooltip');
    const titles = page.all('.rail title').map((title) => title.textContent);
    ok(
      titles.some((title) => title.includes(ratio(4000))),
      `of the rail: ${titles.join('; ')}`,
    );
    const styles = (name: string) =>
      page.all('.rail .dashes').map((line) => page.window.getComputedStyle(line)[name as 'stroke']);
    const colours = new Set(styles('stroke'));
    ok(colours.size > 1, 'colours tell ratios apart');
    equal(new Set(styles('strokeDasharray')).size, colours.size, 'and so do dashes');
    equal(page.violations, [], 'violations of the policy');
  });

  it('shows the stream through a collapsed stack', async () => {
    const page = await openPanel();
    const topology = gptTopology(96);
    page.post({
      type: 'hydrate',
      model: modelOf(topology),
      run: runOf(topology, 5),
      selection: null,
    });
    await until('drawn', () => page.all('.node.group .cell').length > 0);
    const cells = page.all('.node.group .cell').map((cell) => cell.getBoundingClientRect());
    ok(cells.length > 50 && cells.length <= 96, `${cells.length} cells`);
    ok((cells.at(-1)?.height ?? 0) > (cells[0]?.height ?? 0) + 1, 'the stream grows');
  });
});

import { RunSeries } from '../../src/statistics/series/runSeries.ts';
import type { TopologyGroup, TopologyItem } from '../../src/topology/topology.ts';
import { lossData } from '../../webview/charts/chartData.ts';
import { comparedNorms, shownNorm } from '../../webview/charts/shownNorm.ts';
import {
  formatDuration,
  formatExact,
  formatMean,
  formatNumber,
  formatShape,
} from '../../webview/format.ts';
import { readSavedState } from '../../webview/savedState.ts';
import { collapsedAtFirst } from '../../webview/topology/collapse.ts';
import { fitText } from '../../webview/topology/fitText.ts';
import { roundedPath } from '../../webview/topology/picture.ts';
import { buildScene } from '../../webview/topology/scene.ts';
import { simpleBranchLayout } from '../../webview/topology/simpleBranch.ts';
import { sparklinePaths } from '../../webview/topology/sparkline.ts';
import { equal, near, ok } from './assert.ts';
import { gptTopology, layer, residual, stepsOf } from './sampleModel.ts';

describe('numbers for reading', () => {
  it('have three to four figures', () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, '0.00'],
      [0.02, '0.020'],
      [2.484, '2.48'],
      [-0.5, '−0.50'],
      [134.56, '134.6'],
      [12345.6, '12346'],
      [1.3e-5, '1.3e−5'],
      [-2.5e7, '−2.5e+7'],
      [NaN, '–'],
      [Infinity, '∞'],
      [-Infinity, '−∞'],
    ];
    for (const [value, text] of cases) equal(formatNumber(value), text, String(value));
  });

  it('a mean far below the spread is nought', () => {
    equal(formatMean(1e-9, 1), '0.00');
    equal(formatMean(1e-9, 1e-18), '1.0e−9');
    equal(formatMean(0.25, 1), '0.25');
  });

  it('keep their figures where they are copied', () => {
    equal(formatExact(0.123456789123, 9), '0.123456789');
    equal(formatExact(NaN), '');
    equal(formatShape([64, 1280]), '64 × 1,280');
    equal(formatShape([]), 'scalar');
    equal(formatDuration(4800), '1 h 20 min');
  });
});

describe('the parts of the picture', () => {
  it('a text that is too long ends in an ellipsis and fits', () => {
    const fitted = fitText('MultiheadAttention', 60, 'title');
    ok(fitted.endsWith('…') && fitted.length > 3 && fitted.length < 12, fitted);
    equal(fitText('GELU', 60, 'title'), 'GELU');
    equal(fitText('👩‍👩‍👧'.repeat(40), 30, 'title').replaceAll('👩‍👩‍👧', ''), '…', 'no character is torn');
  });

  it('a corner is rounded, an end is not', () => {
    const path = roundedPath([
      { x: 0, y: 0 },
      { x: 0, y: 40 },
      { x: 40, y: 40 },
    ]);
    equal(path, 'M0 0L0 32Q0 40 8 40L40 40');
  });

  it('a sparkline shows both curves on one axis, the newest value on the right', () => {
    const size = { width: 100, height: 20 };
    const { before, after } = sparklinePaths([0.01, 0.1, 1], [1, 1, 1], size);
    const ends = (path: string) =>
      path
        .split(/[ML]/)
        .slice(1)
        .map((point) => point.split(' ').map(Number));
    equal(
      ends(before).map(([x]) => x),
      [0, 50, 100],
      'x',
    );
    const ys = ends(before).map(([, y = NaN]) => y);
    ok((ys[0] ?? 0) > (ys[1] ?? 0) && (ys[1] ?? 0) > (ys[2] ?? 0), 'rises');
    near(ys[2] ?? NaN, ends(after)[2]?.[1] ?? NaN, 0.05, 'equal values meet');
    for (const y of ys) ok(y >= 0 && y <= size.height, 'stays inside');
    ok(
      sparklinePaths(Array<number>(5000).fill(2), [], size).before.split('L').length <= 36,
      'bounded',
    );
    equal(sparklinePaths([NaN], [], size), { before: '', after: '' }, 'nothing to draw');
  });

  it('groups are collapsed at the level at which the model is small', () => {
    equal([...collapsedAtFirst(gptTopology(2))], [], 'small');
    equal(collapsedAtFirst(gptTopology(12)).size, 12, 'large');
    const { items } = gptTopology(12);
    const wrapper: TopologyGroup = {
      kind: 'group',
      label: 'all',
      path: 'all',
      line: 1,
      parameters: 0,
      items,
    };
    const wrapped = collapsedAtFirst({ name: 'wrapped', items: [wrapper], links: [] });
    equal(wrapped.size, 12, 'blocks inside of a wrapper');
    ok(!wrapped.has('all'), 'the wrapper itself stays open');
  });

  it('the simple layout has neither overlap nor a bent stream', () => {
    const inner = residual('a.b', 2, [layer('a.b.0', 'Linear', 3, [8])], {
      shortcut: 'projection',
      skip: [layer('a.b.shortcut', 'Linear', 2, [8], 64)],
    });
    const items: TopologyItem[] = [residual('a', 1, [inner, layer('a.1', 'GELU', 4, [8])])];
    const scene = buildScene({ name: 'x', items, links: [] }, () => false);
    const branch = scene.pieces.find((piece) => piece.kind === 'branch');
    ok(branch !== undefined, 'branch');
    const { places } = simpleBranchLayout(branch);
    const centres = new Map(
      branch.nodes.map((node, i) => [node.id, (places[i]?.x ?? NaN) + node.width / 2]),
    );
    equal([centres.get('fork a'), centres.get('sum a')], [0, 0], 'stream');
    equal(centres.get('fork a.b'), centres.get('sum a.b'), 'inner stream');
    equal(
      centres.get('layer a.b.shortcut'),
      centres.get('fork a.b'),
      'the projection is on the inner skip',
    );
    const bottoms = branch.nodes.map((node, i) => (places[i]?.y ?? NaN) + node.height);
    for (const [i, place] of places.entries())
      ok(i === 0 || place.y >= (bottoms[i - 1] ?? 0), 'in order');
  });
});

describe('the parts of the charts', () => {
  it('validations stand at their own steps, and the training curve has no gap there', () => {
    const series = new RunSeries(0);
    series.append(stepsOf(0, 0, 4));
    const validations = [
      { step: 2, loss: 9 },
      { step: 4, loss: 8 },
    ];
    const { positions, curves } = lossData(series, validations);
    equal(positions, [0, 1, 2, 3, 4], 'positions');
    equal(
      curves[1]?.values.map((v) => (Number.isNaN(v) ? null : v)),
      [null, null, 9, null, 8],
      'validation',
    );
    equal(curves[0]?.values[4], curves[0]?.values[3], 'the training curve goes on');
  });

  it('the large charts follow the selection', () => {
    const norms = ['a.norm', 'b.0.norm', 'b.1.norm'].map((path) => ({
      path,
      type: 'LayerNorm',
      line: 1,
    }));
    equal(shownNorm(norms, 'b.1.norm', undefined), 2, 'a norm');
    equal(shownNorm(norms, 'b', 'a.norm'), 1, 'what holds norms');
    equal(shownNorm(norms, 'head', 'b.1.norm'), 2, 'the one before');
    equal(shownNorm(norms, null, undefined), 0, 'the first');
    equal(shownNorm([], null, undefined), -1, 'none');
    equal(comparedNorms(norms, ['b.1', 'a.norm', 'b.0.norm', 'head', 'a'], 1), [2, 0], 'others');
  });

  it('what was saved is taken when it is of our making, and forgotten otherwise', () => {
    const state = { modelUri: 'file:///a', zoom: { x: 1, y: 2, k: 3 }, collapsed: { a: true } };
    equal(readSavedState(state), state, 'ours');
    for (const saved of [undefined, null, 7, 'x', [], { zoom: 'far' }, { collapsed: { a: 1 } }]) {
      equal(readSavedState(saved), {}, JSON.stringify(saved));
    }
  });
});

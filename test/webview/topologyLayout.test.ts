import { BranchLayouts } from '../../webview/topology/branchLayouts.ts';
import { buildScene, type Scene } from '../../webview/topology/scene.ts';
import { isPlain, simpleLayouts } from '../../webview/topology/simpleBranch.ts';
import { equal, near, ok } from './assert.ts';
import { layer, residual } from './sampleModel.ts';

const worker = `${location.origin}/dist/webview/elk-worker.min.js`;

/** A chain of residuals, each within another when nested; all of their own kind. */
function sceneOf(count: number, isNested: boolean, name = 'r'): Scene {
  const items = Array.from({ length: count }, (_, i) => {
    const chain = Array.from({ length: i + 1 }, (_, k) =>
      layer(`${name}${i}.${k}`, 'Linear', k, [8]),
    );
    if (!isNested) return residual(`${name}${i}`, 1, chain);
    return residual(`${name}${i}`, 1, [residual(`${name}${i}.inner`, 1, chain)]);
  });
  return buildScene({ name: 'layouts', items, links: [] }, () => false);
}

describe('layouts of branches', () => {
  it('are those of elkjs where a branch has parts, and need no worker where it is a chain', async () => {
    const plain = sceneOf(3, false);
    const without = new BranchLayouts(`${location.origin}/no-such-worker.js`);
    equal(await without.layOut(plain), simpleLayouts(plain), 'chains');
    const nested = sceneOf(2, true);
    ok(
      nested.pieces.every((piece) => piece.kind === 'branch' && !isPlain(piece)),
      'nested',
    );
    const layouts = await new BranchLayouts(worker).layOut(nested);
    equal(layouts?.length, 2);
    for (const [i, { places, routes }] of (layouts ?? []).entries()) {
      const nodes = nested.pieces[i]?.kind === 'branch' ? nested.pieces[i].nodes : [];
      equal([places.length, routes.every(({ length }) => length > 1)], [nodes.length, true]);
      const middle = (at: number) => (places[at]?.x ?? NaN) + (nodes[at]?.width ?? NaN) / 2;
      near(middle(0), 0, 0.01, 'the fork is on the stream');
      near(middle(nodes.length - 1), 0, 0.01, 'the sum is on the stream');
    }
  });

  it('of an older scene end when a newer one comes, whatever the worker is at', async () => {
    const layouts = new BranchLayouts(worker);
    await layouts.layOut(sceneOf(1, true));
    const older = layouts.layOut(sceneOf(40, true));
    await new Promise((resolve) => setTimeout(resolve, 150));
    const newer = await layouts.layOut(sceneOf(2, true, 'other'));
    equal(await older, undefined, 'the older one');
    equal(newer?.length, 2, 'the newer one');
    const again = await layouts.layOut(sceneOf(2, true));
    equal(again?.length, 2, 'and the next');
  });

  it('say why there is none, and try again', async () => {
    const broken = new BranchLayouts(`${location.origin}/no-such-worker.js`);
    for (const turn of ['first', 'second']) {
      const problem = await broken.layOut(sceneOf(1, true)).then(
        () => 'no problem',
        (error: unknown) => String(error),
      );
      ok(problem.includes('404'), `${turn}: ${problem}`);
    }
  });
});

import { equal, near, ok } from './assert.ts';
import { exampleTopology } from './exampleModel.ts';
import { closePanels, openPanel, until } from './panelPage.ts';
import { modelOf, runOf } from './sampleModel.ts';
import { centre, click, nodeOf } from './topologyPage.ts';

describe('the picture of a net for images', () => {
  afterEach(closePanels);

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
});

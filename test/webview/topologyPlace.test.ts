import type { PanelState } from '../../webview/savedState.ts';
import { equal, near, ok } from './assert.ts';
import { closePanels, openPanel, settled, until } from './panelPage.ts';
import { gptTopology, modelOf } from './sampleModel.ts';
import { centre, click, nodeOf, show } from './topologyPage.ts';

describe('place and scale of the picture', () => {
  afterEach(closePanels);

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

  it('comes back to its place, also where the selection is elsewhere', async () => {
    const { items } = gptTopology(3);
    const page = await openPanel({ height: 500 });
    await show(page, items, { selection: 'loss' });
    await until('the selection is in sight', () => centre(nodeOf(page, 'loss')).y < 500);
    const wheel = { bubbles: true, cancelable: true, clientX: 200, clientY: 300, deltaY: -300 };
    page.get('svg.picture').dispatchEvent(new WheelEvent('wheel', wheel));
    await until('remembered', () => (page.saved() as PanelState | undefined)?.zoom !== undefined);
    const before = centre(nodeOf(page, 'loss'));
    ok(before.y > 500, 'the selection is out of sight');
    const saved = page.saved();
    closePanels();
    const again = await openPanel({ height: 500, saved });
    await show(again, items, { selection: 'loss' });
    await settled();
    near(centre(nodeOf(again, 'loss')).y, before.y, 0.5, 'place kept');
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

  it('has a map while not all is seen, which brings the picture anywhere', async () => {
    const page = await openPanel({ height: 500 });
    await show(page, gptTopology(3).items);
    const map = page.get('.minimap');
    await until('the map', () => map.getBoundingClientRect().height > 40);
    ok(map.getBoundingClientRect().bottom <= 500, 'inside of the picture');
    const window = () => page.get('.minimap .window').getBoundingClientRect();
    const first = window();
    const at = map.getBoundingClientRect();
    const pointer = (type: string, y: number) =>
      map.dispatchEvent(
        new PointerEvent(type, { pointerId: 1, clientX: at.x + 20, clientY: y, bubbles: true }),
      );
    // A pointer that does not exist cannot be captured.
    map.setPointerCapture = () => undefined;
    map.hasPointerCapture = () => true;
    pointer('pointerdown', at.bottom - 8);
    await until('the window follows', () => window().top > first.top + 20);
    const loss = nodeOf(page, 'loss').getBoundingClientRect();
    ok(loss.top > 0 && loss.bottom < 500, 'the end is in sight');
    pointer('pointermove', at.top + 2);
    await until('dragged back', () => window().top <= first.top + 2);
    await until('remembered', () => page.saved() !== undefined);
    click(page.get('[data-action="fit"]'));
    await until('all is seen: no map', () => map.getBoundingClientRect().height === 0);
  });

  it('survives extremes of zoom', async () => {
    const page = await openPanel();
    await show(page, gptTopology(3).items);
    const svg = page.get('svg.picture');
    const turn = (deltaY: number) =>
      svg.dispatchEvent(
        new WheelEvent('wheel', { deltaY, ctrlKey: true, bubbles: true, cancelable: true }),
      );
    for (let i = 0; i < 60; i++) turn(-2000);
    await until('largest', () => page.get('.scale').textContent.trim() === '400%');
    for (let i = 0; i < 120; i++) turn(2000);
    await until('smallest', () => page.get('.scale').textContent.trim() === '2%');
    click(page.get('[data-action="fit"]'));
    await until('back', () => {
      const box = nodeOf(page, 'embedding').getBoundingClientRect();
      return box.width > 20 && box.top >= 0;
    });
    equal(page.errors, [], 'errors');
  });
});

import { equal, ok } from './assert.ts';
import { closePanels, openPanel, until } from './panelPage.ts';
import { gptTopology } from './sampleModel.ts';
import { focused, nodeOf, press, show } from './topologyPage.ts';

describe('the keyboard in the picture', () => {
  afterEach(closePanels);

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

  it('selects several: Shift and arrows extend, Ctrl and Space add', async () => {
    const page = await openPanel();
    await show(page, gptTopology(1).items);
    const selected = () => page.all('[aria-selected="true"]').map((node) => node.dataset['path']);
    nodeOf(page, 'embedding').focus();
    press(nodeOf(page, 'embedding'), 'Enter');
    press(nodeOf(page, 'embedding'), 'ArrowDown', { shiftKey: true });
    await until('extended', () => selected().join() === 'embedding,positions');
    equal(focused(page), 'positions');
    press(nodeOf(page, 'positions'), 'End');
    equal(focused(page), 'loss', 'moves without selecting');
    press(nodeOf(page, 'loss'), ' ', { ctrlKey: true });
    await until('added', () => selected().join() === 'embedding,positions,loss');
    press(nodeOf(page, 'loss'), ' ', { ctrlKey: true });
    await until('taken away', () => selected().join() === 'embedding,positions');
    press(nodeOf(page, 'loss'), 'a', { altKey: true });
    press(nodeOf(page, 'loss'), 'Enter', { ctrlKey: true });
    equal(selected(), ['embedding', 'positions'], 'other keys are not the picture’s');
  });
});

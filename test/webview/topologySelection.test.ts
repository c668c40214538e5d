import { equal, ok } from './assert.ts';
import { closePanels, openPanel, until } from './panelPage.ts';
import { gptTopology, modelOf } from './sampleModel.ts';
import { click, isSelected, nodeOf, show } from './topologyPage.ts';

describe('the selection in the picture', () => {
  afterEach(closePanels);

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

  it('selects several at once: Ctrl adds and takes away, Shift selects all between', async () => {
    const page = await openPanel();
    await show(page, gptTopology(1).items);
    const card = (path: string) => nodeOf(page, path).querySelector('.card') ?? page.document.body;
    const selected = () => page.all('[aria-selected="true"]').map((node) => node.dataset['path']);
    equal(page.get('svg.picture').getAttribute('aria-multiselectable'), 'true');
    click(card('embedding'));
    click(card('head'), { ctrlKey: true });
    await until('both', () => selected().length === 2);
    equal(page.sent.at(-1), { type: 'reveal', path: 'head', also: ['embedding'] }, 'both cursors');
    click(card('embedding'), { ctrlKey: true });
    await until('one', () => selected().join() === 'head');
    click(card('head'), { ctrlKey: true });
    equal(page.sent.length, 3, 'the last one stays');
    click(card('embedding'));
    click(card('blocks.0.attention.norm'), { shiftKey: true });
    const between = [
      'embedding',
      'positions',
      'blocks.0',
      'blocks.0.attention',
      'blocks.0.attention.norm',
    ];
    await until('all between', () => selected().length === 5);
    equal(selected(), between);
    equal(page.sent.at(-1), {
      type: 'reveal',
      path: 'blocks.0.attention.norm',
      also: between.slice(0, -1).toReversed(),
    });
    click(card('positions'), { shiftKey: true });
    await until('the range begins where it did', () => selected().length === 2);
    click(card('head'));
    await until('one alone', () => selected().join() === 'head');
  });

  it('follows several cursors of the editor, remembers them, and marks what is around them', async () => {
    const page = await openPanel();
    const model = modelOf(gptTopology(12));
    page.post({ type: 'hydrate', model, run: null, selection: null });
    await until('collapsed', () => page.all('.node.group').length === 12);
    page.post({ type: 'selection', path: 'blocks.0.mlp.0', also: ['blocks.1.mlp.0', 'norm'] });
    const selected = () => page.all('[aria-selected="true"]').map((node) => node.dataset['path']);
    await until('marked', () => selected().length === 3);
    equal(selected(), ['blocks.0', 'blocks.1', 'norm']);
    const again = await openPanel({ saved: page.saved() });
    again.post({ type: 'hydrate', model, run: null, selection: null });
    await until('again', () => again.all('[aria-selected="true"]').length === 3);
  });
});

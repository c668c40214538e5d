import { equal, ok } from './assert.ts';
import { closePanels, openPanel, until } from './panelPage.ts';
import { gptTopology, modelOf } from './sampleModel.ts';
import { focused, nodeOf, press } from './topologyPage.ts';

describe('the search in the picture', () => {
  afterEach(closePanels);

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

  it('opens by Ctrl+F and F3 from anywhere, marks what it finds, and gives the focus back', async () => {
    const page = await openPanel();
    const model = modelOf(gptTopology(12));
    page.post({ type: 'hydrate', model, run: null, selection: null });
    await until('collapsed', () => page.all('.node.group').length === 12);
    const input = page.get('.search input') as HTMLInputElement;
    press(page.document.body, 'f', { ctrlKey: true });
    equal(page.document.activeElement, input, 'the field has the focus');
    const before = page.get('svg.picture > g').getAttribute('transform');
    const ask = (text: string) => {
      input.value = text;
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
    };
    ask('mlp.norm');
    await until('marked', () => page.all('.node.found').length === 12);
    equal(page.get('svg.picture > g').getAttribute('transform'), before, 'place kept while typing');
    const buttons = () => page.all('.search [data-action]');
    equal(buttons().length, 2, 'previous and next');
    buttons()[1]?.click();
    equal(page.get('.search output').textContent, '1 / 12');
    press(page.document.body, 'F3');
    equal(page.get('.search output').textContent, '2 / 12');
    press(page.document.body, 'F3', { shiftKey: true });
    equal(page.get('.search output').textContent, '1 / 12');
    ask('nothing like this');
    equal(page.get('.search output').textContent, 'No layer found');
    ok(
      buttons().every((button) => button.hasAttribute('disabled')),
      'nowhere to go',
    );
    press(input, 'Escape');
    await until('in the picture', () => focused(page) !== undefined);
    equal(page.all('.node.found').length, 0, 'nothing is marked any more');
  });
});

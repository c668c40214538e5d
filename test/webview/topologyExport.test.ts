import { equal, ok } from './assert.ts';
import { closePanels, openPanel, until } from './panelPage.ts';
import { gptTopology, modelOf, runOf } from './sampleModel.ts';
import { click } from './topologyPage.ts';

describe('the saved picture', () => {
  afterEach(closePanels);

  it('saves the whole picture as SVG and PNG, and the model as Mermaid', async () => {
    const page = await openPanel();
    const topology = gptTopology(2);
    const run = runOf(topology, 20);
    page.post({ type: 'hydrate', model: modelOf(topology), run, selection: null });
    await until('drawn', () => page.all('.node.norm').length === 5);
    const saved = async (format: string) => {
      page.get('.heading .menuButton').click();
      click(page.get(`[data-action="save-${format}"]`));
      await until(format, () => page.sent.length > 0);
      const message = page.sent.pop();
      ok(message?.type === 'save', 'a message to save');
      return message;
    };
    const svg = await saved('svg');
    equal([svg.name, svg.encoding], ['char-gpt.svg', 'utf8']);
    const drawing = new DOMParser().parseFromString(svg.content, 'image/svg+xml');
    equal(drawing.querySelector('parsererror'), null, 'well formed');
    for (const word of ['blocks.1', 'MultiheadAttention', 'CrossEntropyLoss', 'σ²']) {
      ok(svg.content.includes(word), word);
    }
    ok(!/var\(|color-mix|color\(|class=/.test(svg.content), 'needs no style sheet');
    const png = await saved('png');
    equal([png.name, png.encoding], ['char-gpt.png', 'base64']);
    const image = new Image();
    image.src = `data:image/png;base64,${png.content}`;
    await image.decode();
    const [, , width = 0] = (drawing.documentElement.getAttribute('viewBox') ?? '').split(' ');
    equal(image.width, 2 * Number(width), 'twice as many pixels');
    const mermaid = await saved('mermaid');
    equal(mermaid.name, 'char-gpt.mmd');
    ok(mermaid.content.startsWith('flowchart TD\n'), 'a flowchart');
    equal(page.all('.picture.exported').length, 0, 'nothing is left on the page');
    equal(page.violations, [], 'violations of the policy');
    equal(page.errors, [], 'errors');
  });
});

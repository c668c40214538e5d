import assert from 'node:assert/strict';
import { useWorkbench } from '../workbench/useWorkbench.ts';
import { PanelPage, until } from './panelPage.ts';

const model = 'residual-mlp.model.yaml';

describe('the picture in VS Code', () => {
  const workbench = useWorkbench();
  const panel = new PanelPage(workbench);
  const selected = () =>
    panel.frame
      .locator('[aria-selected="true"]')
      .evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-path') ?? ''));

  it('shows the residual stream after the first step, as wide and in the colour of its numbers', async () => {
    await workbench.openFile(model);
    await workbench.runCommand('Normscope: Open Panel');
    await panel.node('blocks.0').first().waitFor();
    await panel.button('step').click();
    const dashes = panel.frame.locator('.rail .dashes');
    await until('it is measured', async () => (await dashes.count()) > 2);
    const ratios = await panel.frame.locator('.node.sum .ratio').allTextContents();
    assert.ok(ratios.length > 1 && ratios.every((ratio) => /\d/.test(ratio)), ratios.join());
    const titles = await panel.frame.locator('.rail title').allTextContents();
    assert.ok(
      titles.some((title) => /stream RMS \d.*branch\/skip ratio \d/.test(title)),
      titles.join('; '),
    );
    await panel.frame.locator('.legend').waitFor();
    await workbench.screenshot('topology-rail');
  });

  it('finds a layer by Ctrl+F, goes to the next, and gives the focus back', async () => {
    await panel.node('stem').click();
    await workbench.page.keyboard.press('Control+f');
    await workbench.page.keyboard.type('layernorm');
    await workbench.page.keyboard.press('Enter');
    const count = panel.frame.locator('.search output');
    await until('the first is shown', async () => /^1 \/ \d+$/.test(await count.innerText()));
    await workbench.page.keyboard.press('Enter');
    await until('the second is shown', async () => (await count.innerText()).startsWith('2 / '));
    await until('it is selected', async () => (await selected()).join().includes('norm'));
    await workbench.page.keyboard.press('Escape');
    await panel.frame.locator('[role="treeitem"]:focus').waitFor();
    assert.equal(await count.innerText(), '');
  });

  it('selects several layers in picture and text', async () => {
    // Brought into sight from below, it is at the upper edge, and the next one in sight, too.
    await workbench.page.keyboard.press('Control+f');
    await workbench.page.keyboard.type('blocks.0.mlp.1');
    await workbench.page.keyboard.press('Enter');
    await panel.node('blocks.0.mlp.1').click();
    await panel.node('blocks.0.mlp.2').click({ modifiers: ['Control'] });
    const both = ['blocks.0.mlp.1', 'blocks.0.mlp.2'];
    await until('both are selected', async () => (await selected()).join() === both.join());
    const cursors = workbench.page.locator('.editor-instance .cursors-layer .cursor');
    await until('two cursors', async () => (await cursors.count()) === 2);
    assert.deepEqual(await selected(), both, 'both stay');
    await workbench.screenshot('topology-several');
  });
});

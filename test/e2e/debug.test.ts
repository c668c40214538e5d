import assert from 'node:assert/strict';
import { tinyModel } from '../debugger/tinyModel.ts';
import { themeOfSystem, useWorkbench } from '../workbench/useWorkbench.ts';
import { DebugPage, patience, quietSettings } from './debugPage.ts';
import { PanelPage, until } from './panelPage.ts';

const hot = tinyModel
  .replace('model: tiny', 'model: hot')
  .replace('{ lr: 0.02 }', '{ lr: 1.0e+25 }');

describe('the debugger in VS Code', function () {
  this.timeout(300_000);
  const settings = { ...themeOfSystem, ...quietSettings };
  const files = { 'tiny.model.yaml': tinyModel, 'hot.model.yaml': hot };
  const workbench = useWorkbench({ files, settings });
  const debug = new DebugPage(workbench);
  const panel = new PanelPage(workbench);

  it('starts by F5, shows stack, variables, inline values and norms, and the picture follows', async () => {
    const { page } = workbench;
    await page.setViewportSize({ width: 1600, height: 1000 });
    await workbench.openFile('tiny.model.yaml');
    await workbench.runCommand('Normscope: Open Panel');
    await panel.node('block').waitFor();
    await debug.line('name: first').click();
    await debug.press('F5', 'first (Linear)', 'step 0');
    await debug.goToStep(20);
    await debug.press('F11', 'norm (LayerNorm)', 'block (Residual)');
    await debug.line('in µ').waitFor(patience);
    const inline = await debug.line('norm: LayerNorm').innerText();
    assert.match(
      inline.replaceAll('\u00a0', ' '),
      /in µ [-\d.e]+ σ² [\d.e-]+ → out µ [-\d.e]+ σ² [\d.e]+/,
    );
    const sum = await debug.line('Residual:').innerText();
    assert.match(
      sum.replaceAll('\u00a0', ' '),
      /skip σ² [\d.e-]+ \+ branch σ² [\d.e-]+ → sum σ² [\d.e-]+/,
    );
    await debug.variable('Norm').click();
    await debug.variable('sigma').waitFor(patience);
    await panel.frame.locator('[data-path="block.norm"].selected').first().waitFor(patience);
    for (const view of ['Watch', 'Breakpoints', 'Norms', 'Checkpoints']) await debug.toggle(view);
    await debug.listed('block.norm').waitFor(patience);
    await debug.listed('step 0').waitFor(patience);
    await page.mouse.move(800, 900);
    await workbench.screenshotInBothThemes('debug', '1-forward');
    await debug.listed('last').click();
    await page.locator('.statusbar-item', { hasText: 'Ln 9,' }).waitFor();
  });

  it('shows the frame that is selected in picture and charts', async () => {
    const { frame } = panel;
    const charted = () =>
      frame.locator('select[aria-labelledby=norm-label]').evaluate((select) => {
        return (select as unknown as { readonly value: string }).value;
      });
    const isCharted = async (norm: string) => (await charted()).startsWith(norm);
    // The cursor is at the other norm; a frame that is selected anew takes it from there.
    await until('the charts show the last norm', () => isCharted('last'));
    await debug.frame('block (Residual)').click();
    await frame.locator('[data-path="block"].selected').first().waitFor(patience);
    await until('the charts show the norm inside', () => isCharted('block.norm'));
    await debug.frame('norm (LayerNorm)').click();
    await frame.locator('[data-path="block.norm"].selected').first().waitFor(patience);
  });

  it("shows a layer's output when its name is hovered", async () => {
    const { page } = workbench;
    await page
      .locator('.view-line span', { hasText: /^LayerNorm$/ })
      .last()
      .hover();
    const hover = page.locator('.debug-hover-widget', { hasText: '[16, 8] {' });
    await hover.locator('.monaco-list-row', { hasText: 'σ²' }).first().waitFor(patience);
  });

  it('walks out of the block, through the backward pass, back, and into the next step', async () => {
    const { page } = workbench;
    await page.keyboard.press('Shift+F11');
    await debug.frame('norm (LayerNorm)').waitFor({ state: 'detached', ...patience });
    await debug.at('block (Residual)');
    for (const next of ['last (LayerNorm)', 'head (Linear)', 'loss (CrossEntropyLoss)']) {
      await debug.press('F10', next);
    }
    await debug.press('F10', 'backward');
    await debug.line('∂out').waitFor(patience);
    await debug.variable('Gradients').waitFor(patience);
    assert.equal(await debug.variable('earlier stop').count(), 0);
    await workbench.screenshotInBothThemes('debug', '2-backward');
    await page.locator('.debug-toolbar .codicon-debug-step-back').click();
    await debug.at('loss (CrossEntropyLoss)');
  });

  it('shows the operations of the compiled step', async () => {
    const { page } = workbench;
    await workbench.runCommand('Open Disassembly View');
    const rows = page.locator('.disassembly-view .monaco-list-row');
    await rows.filter({ hasText: 'head.grad:out float32[16, 3] =' }).waitFor(patience);
    await rows.filter({ hasText: 'name: head' }).first().waitFor(patience);
    await workbench.screenshotInBothThemes('debug', '3-operations');
    await page.keyboard.press('Control+W');
    await debug.press('Alt+F10', 'step 21');
    await debug.goToStep(0);
    await page.keyboard.press('Shift+F5');
    await debug.frame('step 0').waitFor({ state: 'detached', ...patience });
  });

  it('stops at the first layer that is not finite and says so at its line', async () => {
    const { page } = workbench;
    await workbench.openFile('hot.model.yaml');
    await debug.line('name: first').click();
    await debug.press('F5', 'first (Linear)', 'step 0');
    await page.keyboard.press('F5');
    await page.locator('.exception-widget', { hasText: 'non-finite' }).waitFor(patience);
    await page.locator('.exception-widget', { hasText: 'Before it:' }).waitFor(patience);
    await debug.variable('Norm').waitFor(patience);
    await workbench.screenshotInBothThemes('debug', '4-exception');
    await page.keyboard.press('Shift+F5');
    await debug.frame('forward').waitFor({ state: 'detached', ...patience });
  });
});

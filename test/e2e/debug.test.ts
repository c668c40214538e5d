import assert from 'node:assert/strict';
import { useWorkbench } from '../workbench/useWorkbench.ts';

const model = `model: debugged
layers:
  - Linear: { out_features: 8, name: first }
  - Residual:
      name: block
      placement: pre
      norm: LayerNorm
      body:
        - Linear: { out_features: 8, name: branch }
        - ReLU
  - LayerNorm: { name: last }
  - Linear: { out_features: classes, name: head }
train:
  data: { gaussian-blobs: { classes: 3 } }
  loss: CrossEntropyLoss
  optimizer: { AdamW: { lr: 0.02 } }
  batch: 16
  steps: 40
  seed: 4
`;

describe('debugger in VS Code', function () {
  this.timeout(300_000);
  const workbench = useWorkbench({ files: { 'debugged.model.yaml': model } });
  const patience = { timeout: 90_000 };

  const frame = (text: string) =>
    workbench.page.locator('.debug-call-stack .monaco-list-row', { hasText: text }).first();
  const variables = (text: string) =>
    workbench.page.locator('.debug-variables .monaco-list-row', { hasText: text }).first();
  const line = (text: string) => workbench.page.locator('.view-line', { hasText: text }).first();

  it('starts by F5, shows stack, variables and inline values, and steps through a whole step', async () => {
    const { page } = workbench;
    await workbench.openFile('debugged.model.yaml');
    await workbench.runCommand('Normscope: Open Panel');
    await line('name: first').click();
    await page.keyboard.press('F5');
    await frame('first (Linear)').waitFor(patience);
    await frame('step 0').waitFor();

    await page.keyboard.press('F11');
    await frame('norm (LayerNorm)').waitFor(patience);
    await frame('block (Residual)').waitFor();
    await line('in µ').waitFor(patience);
    const inline = await line('norm: LayerNorm').innerText();
    assert.match(
      inline.replaceAll('\u00a0', ' '),
      /in µ [-\d.e]+ σ² [\d.e-]+ → out µ [-\d.e]+ σ² [\d.e]+/,
    );
    await variables('Norm').waitFor(patience);
    await variables('Norm').click();
    await variables('sigma').waitFor(patience);
    await workbench.screenshot('debug-forward');

    await page.keyboard.press('Shift+F11');
    await frame('norm (LayerNorm)').waitFor({ state: 'detached', ...patience });
    await frame('block (Residual)').waitFor(patience);
    for (const name of ['last (LayerNorm)', 'head (Linear)', 'loss (CrossEntropyLoss)']) {
      await page.keyboard.press('F10');
      await frame(name).waitFor(patience);
    }
    await page.keyboard.press('F10');
    await frame('backward').waitFor(patience);
    await line('∂out').waitFor(patience);
    await variables('Gradients').waitFor(patience);
    assert.equal(await variables('earlier stop').count(), 0);
    await workbench.screenshot('debug-backward');

    await page.locator('.debug-toolbar .codicon-debug-step-back').click();
    await frame('loss (CrossEntropyLoss)').waitFor(patience);
    await page.locator('.debug-toolbar .codicon-debug-line-by-line').click();
    await frame('step 1').waitFor(patience);
    await page.keyboard.press('Shift+F5');
    await frame('step 1').waitFor({ state: 'detached', ...patience });
  });
});

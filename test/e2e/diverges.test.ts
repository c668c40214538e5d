import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { useWorkbench } from '../workbench/useWorkbench.ts';
import { DebugPage, patience, quietSettings } from './debugPage.ts';
import { PanelPage, until } from './panelPage.ts';

const model = 'unstable-post-norm.model.yaml';

/** The walk of docs/diverges.md; its pictures are taken here. */
describe('finding out why a training diverges', function () {
  this.timeout(300_000);
  const settings = { 'workbench.colorTheme': 'Default Dark Modern', ...quietSettings };
  const workbench = useWorkbench({ settings });
  const debug = new DebugPage(workbench);
  const panel = new PanelPage(workbench);

  /** 300 steps take half a minute where others compute too. */
  const ended = (): Promise<void> =>
    panel.frame.locator('.state[data-state=ended]').waitFor({ timeout: 200_000 });

  it('symptom: the loss stays where guessing is', async () => {
    const { page } = workbench;
    await page.setViewportSize({ width: 1600, height: 1000 });
    await workbench.openFile(model);
    await workbench.runCommand('Normscope: Open Panel');
    await panel.node('blocks.0').waitFor();
    await panel.button('train').click();
    await ended();
    const loss = Number(await panel.metric('loss').innerText());
    assert.ok(Math.abs(loss - Math.log(10)) < 0.1, `loss ${loss}`);
    await page.keyboard.press('Control+B');
    await workbench.screenshot('diverges-1-symptom');
    await page.keyboard.press('Control+B');
  });

  it('place: the norm before which the variance first exceeds 4', async () => {
    const { page } = workbench;
    const text = readFileSync(path.join(workbench.workspace, model), 'utf8');
    const line = text.split('\n').findLastIndex((each) => each.includes('norm: LayerNorm')) + 1;
    await debug.goToLine(line);
    await workbench.runCommand('Debug: Add Conditional Breakpoint...');
    await page.locator('.breakpoint-widget .monaco-editor.focused').waitFor();
    await page.keyboard.type('var(in) > 4');
    await workbench.screenshot('diverges-2-condition');
    await page.keyboard.press('Enter');
    await debug.press('F5', 'tokens (Embedding)', 'step 0');
    for (const view of ['Watch', 'Breakpoints', 'Norms']) await debug.toggle(view);
    await page.keyboard.press('F5');
    await debug.at('norm (LayerNorm)', 'mlp (Residual)', 'step 4');
    await debug.line('in µ').waitFor(patience);
    await page.locator('.statusbar-item', { hasText: 'breakpoints at full speed' }).waitFor();
    await debug.listed('blocks.0.attention.norm').waitFor(patience);
    await page.mouse.move(800, 900);
    await workbench.screenshot('diverges-3-place');
  });

  it('what: the branch outweighs the skip', async () => {
    await debug.frame('mlp (Residual)').click();
    await debug.variable('Residual').click(patience);
    await debug.variable('branch').waitFor(patience);
    await workbench.screenshot('diverges-4-branch');
  });

  it('cause: the first updates are a hundred times too large', async () => {
    await debug.goToStep(0);
    await debug.press('Shift+F11', 'loss');
    await debug.press('Shift+F11', 'backward');
    await debug.press('Shift+F11', 'update');
    await debug.line('u/w').waitFor(patience);
    const inline = await debug.line('Linear: 4 * width').innerText();
    const [, ratio] =
      /weight ∂ [\d.e-]+ │ u\/w (-[\d.]+)/.exec(inline.replaceAll('\u00a0', ' ')) ?? [];
    assert.ok(Number(ratio) > -1.5 && Number(ratio) < -0.5, inline);
    await workbench.screenshot('diverges-5-cause');
    await workbench.page.keyboard.press('Shift+F5');
    await debug.frame('step 0').waitFor({ state: 'detached', ...patience });
  });

  it('fix: a warm-up', async () => {
    const { page } = workbench;
    const lines = readFileSync(path.join(workbench.workspace, model), 'utf8').split('\n');
    const line = lines.findIndex((each) => each.includes('warmup: 0')) + 1;
    const column = lines[line - 1]!.indexOf('0, cosine_to') + 1;
    await debug.goToLine(line, column);
    await page.keyboard.press('Delete');
    await page.keyboard.type('100');
    await debug.line('warmup: 100,').waitFor();
    await panel.button('train').click();
    await panel.untilState('training');
    await ended();
    await until('it has learned', async () => Number(await panel.metric('loss').innerText()) < 0.3);
    await workbench.screenshot('diverges-6-fixed');
  });
});

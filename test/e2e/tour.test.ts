import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { themeOfSystem, useWorkbench } from '../workbench/useWorkbench.ts';
import { enginesOf } from './engines.ts';
import { PanelPage, until } from './panelPage.ts';

const model = 'char-gpt.model.yaml';

describe('the tour', () => {
  const settings = { ...themeOfSystem, 'editor.minimap.enabled': false };
  const workbench = useWorkbench({ settings });
  const panel = new PanelPage(workbench);

  it('opens the example and draws its residual topology', async () => {
    await workbench.page.setViewportSize({ width: 1600, height: 1000 });
    await workbench.openFile(model);
    await workbench.page.keyboard.press('Control+B');
    await workbench.page.locator('.sidebar').waitFor({ state: 'hidden' });
    await workbench.runCommand('Normscope: Open Panel');
    await panel.node('blocks.0').waitFor();
    assert.equal(await panel.frame.locator('header h1').innerText(), 'char-gpt');
    await panel.node('loss').waitFor({ state: 'attached' });
    await workbench.screenshotInBothThemes('tour', '1-open');
  });

  it('trains when Train is pressed: numbers in picture and charts move', async () => {
    await panel.button('train').click();
    await until('ten steps are taken', async () => (await panel.steps()) >= 10);
    const loss = Number(await panel.metric('loss').innerText());
    assert.ok(loss > 2 && loss < 4.6, `a loss near and below ln 89 is shown: ${loss}`);
    const before = panel.number('blocks.0.attention.norm', 'in.var');
    const after = panel.number('blocks.0.attention.norm', 'out.var');
    const first = await before.textContent();
    await until('the picture moves', async () => (await before.textContent()) !== first);
    const variance = Number(await after.textContent());
    assert.ok(variance > 0.5 && variance < 2, `variance ${variance} after the norm`);
    await until('the loss moves', async () => {
      return Number(await panel.metric('loss').innerText()) !== loss;
    });
    await panel.frame.locator('canvas').first().waitFor();
    await workbench.page
      .locator('.statusbar-item', { hasText: /\d+\/2000 +loss \d/ })
      .first()
      .waitFor();
    await workbench.screenshotInBothThemes('tour', '2-training');
    await panel.scrollTo('.section.norm');
    await workbench.screenshotInBothThemes('tour', '2-norms');
    await panel.scrollTo('.section.training');
  });

  it('pauses, steps and goes on', async () => {
    await panel.button('pause').click();
    await panel.untilState('paused');
    const paused = await panel.steps();
    await panel.button('step').click();
    await until('one step is taken', async () => (await panel.steps()) === paused + 1);
    await panel.untilState('paused');
    await workbench.screenshotInBothThemes('tour', '3-paused');
    await panel.button('train').click();
    await until('it goes on', async () => (await panel.steps()) > paused + 3);
  });

  it('underlines a broken line, names the remedy, and is content when it is mended', async () => {
    const { page } = workbench;
    const lines = readFileSync(path.join(workbench.workspace, model), 'utf8').split('\n');
    const line = lines.findIndex((text) => text.includes('MultiheadAttention:')) + 1;
    const column = (lines[line - 1]?.indexOf('MultiheadAttention') ?? 0) + 1;
    await workbench.runCommand('View: Focus First Editor Group');
    await page.keyboard.press('Control+G');
    await page.keyboard.type(`:${line}:${column}`);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+D');
    await page.keyboard.type('MultiheadAtention');
    await page.locator('.squiggly-error').first().waitFor();
    await panel.frame.getByText('did you mean').first().waitFor();
    await page.keyboard.press('Escape');
    await workbench.runCommand('Problems: Focus on Problems View');
    await page
      .locator('.markers-panel .monaco-list-row', {
        hasText: "did you mean 'MultiheadAttention'",
      })
      .first()
      .waitFor();
    await workbench.screenshotInBothThemes('tour', '4-mistake');
    await workbench.runCommand('View: Hide Panel');
    await workbench.runCommand('View: Focus First Editor Group');
    await page.keyboard.press('Control+Z');
    await until('the squiggle is gone', async () => {
      return (await page.locator('.squiggly-error').count()) === 0;
    });
  });

  it('goes on from the last checkpoint after the engine was killed', async () => {
    const engines = enginesOf(workbench.workspace);
    assert.equal(engines.length, 1, 'one engine trains');
    process.kill(engines[0]!, 'SIGKILL');
    await panel.frame.getByText('Nothing up to the checkpoint').waitFor();
    await workbench.page.locator('.notification-toast', { hasText: 'SIGKILL' }).waitFor();
    const lost = await panel.steps();
    await workbench.screenshotInBothThemes('tour', '5-killed');
    await panel.button('resume').click();
    await until('it goes on', async () => (await panel.steps()) > lost);
    await workbench.screenshotInBothThemes('tour', '6-resumed');
  });

  it('is complete again after the window was reloaded, and stops with a checkpoint', async () => {
    const before = await panel.steps();
    await workbench.open();
    await panel.node('blocks.0').waitFor();
    await until('the run is shown again', async () => (await panel.steps()) >= before);
    await workbench.screenshotInBothThemes('tour', '7-reloaded');
    await until('no engine stays behind', () => enginesOf(workbench.workspace).length === 0);
    await panel.button('resume').click();
    await panel.untilState('training');
    await panel.button('stop').click();
    await panel.untilState('ended');
    await until('the engine has ended', () => enginesOf(workbench.workspace).length === 0);
    await workbench.screenshotInBothThemes('tour', '8-stopped');
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { themeOfSystem, useWorkbench } from '../workbench/useWorkbench.ts';
import { DebugPage, patience, quietSettings } from './debugPage.ts';
import { PanelPage, until } from './panelPage.ts';

const model = 'resnet-mnist.model.yaml';

describe('a ResNet in VS Code', function () {
  this.timeout(300_000);
  const settings = { ...themeOfSystem, ...quietSettings };
  const workbench = useWorkbench({ settings });
  const debug = new DebugPage(workbench);
  const panel = new PanelPage(workbench);

  /** Line and column of a text of the model file, from 1. */
  const placeOf = (text: string): readonly [number, number] => {
    const lines = readFileSync(path.join(workbench.workspace, model), 'utf8').split('\n');
    const line = lines.findIndex((one) => one.includes(text));
    return [line + 1, (lines[line]?.indexOf(text) ?? 0) + 1];
  };

  const hasCharts = async (part: string, count: number): Promise<boolean> =>
    (await panel.frame.locator(`${part} canvas`).count()) === count;

  it('shows the first digits with their classes at its data', async () => {
    const { page } = workbench;
    await page.setViewportSize({ width: 1600, height: 1000 });
    await workbench.openFile(model);
    await debug.goToLine(...placeOf('idx: mnist'));
    const pictures = page.locator('.monaco-hover img');
    // Hints that come in between move the line, and the hover goes.
    await until('six pictures are shown', async () => {
      if ((await pictures.count()) === 6) return pictures.last().isVisible();
      await workbench.runCommand('Show or Focus Hover');
      return false;
    });
    const widths = await pictures.evaluateAll((images) =>
      images.map((image) => (image as HTMLImageElement).naturalWidth),
    );
    assert.deepEqual(widths, new Array(6).fill(56), 'they are drawn');
    await workbench.screenshot('resnet-light-1-data');
    await page.keyboard.press('Escape');
  });

  it('draws stages, down-sampling and projections, and what training does to every channel', async () => {
    await workbench.page.keyboard.press('Control+B');
    await workbench.runCommand('Normscope: Open Panel');
    await panel.node('layer2').waitFor();
    await panel.button('expandAll').click();
    await panel.node('layer2.0.downsample.0').waitFor();
    await panel.button('train').click();
    await until('twenty steps are taken', async () => (await panel.steps()) >= 20);
    await panel.button('pause').click();
    await panel.untilState('paused');
    await panel.frame.locator('.search input').fill('layer2.0.bn1');
    await panel.frame.locator('.search input').press('Enter');
    await panel.frame.locator('[data-path="layer2.0.bn1"].selected').first().waitFor();
    await workbench.screenshotInBothThemes('resnet', '2-training');
    const note = (part: string) => panel.frame.locator(`${part} > .definition`).innerText();
    await panel.scrollTo('.histograms');
    await until('its channels are drawn', () => hasCharts('.channels', 2));
    assert.match(await note('.channels'), /means are off by \d.* by a factor of \d/);
    await workbench.screenshotInBothThemes('resnet', '2-channels');
    await panel.scrollTo('.signal');
    await until('the signal is drawn', () => hasCharts('.signal', 1));
    assert.match(await note('.signal'), /first batch of step \d/);
    await workbench.screenshotInBothThemes('resnet', '2-signal');
    await panel.button('stop').click();
  });

  it('stops in the debugger in the block that halves the picture', async () => {
    const { page } = workbench;
    const [line] = placeOf('name: conv1, out_channels: 32');
    await debug.goToLine(line - 1);
    await page.keyboard.press('F9');
    await debug.press('F5', 'step 0');
    await debug.press('F5', 'layer2 (Sequential)', '0 (Residual)', 'conv1 (Conv2d)');
    await debug.press('F10', 'bn1 (BatchNorm2d)');
    await debug.line('in µ').waitFor(patience);
    await panel.frame.locator('[data-path="layer2.0.bn1"].selected').first().waitFor(patience);
    await workbench.screenshotInBothThemes('resnet', '3-debugger');
    await page.keyboard.press('Shift+F5');
  });
});

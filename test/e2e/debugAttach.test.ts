import assert from 'node:assert/strict';
import { tinyModel } from '../debugger/tinyModel.ts';
import { useWorkbench } from '../workbench/useWorkbench.ts';
import { DebugPage, patience, quietSettings } from './debugPage.ts';
import { enginesOf } from './engines.ts';
import { until } from './panelPage.ts';

const endless = tinyModel.replace('steps: 40', 'steps: 10000000');

describe('debugging a training that is under way', function () {
  this.timeout(300_000);
  const workbench = useWorkbench({
    files: { 'endless.model.yaml': endless },
    settings: { 'workbench.colorTheme': 'Default Dark Modern', ...quietSettings },
  });
  const debug = new DebugPage(workbench);
  const status = (text: string | RegExp) =>
    workbench.page.locator('.statusbar-item', { hasText: text }).first();

  it('is attached to from the list of what can be debugged', async () => {
    const { page } = workbench;
    await page.setViewportSize({ width: 1600, height: 1000 });
    await workbench.openFile('endless.model.yaml');
    await debug.line('name: first').click();
    await workbench.runCommand('Normscope: Train');
    await until('an engine trains', () => enginesOf(workbench.workspace).length === 1);
    await workbench.runCommand('Debug: Select and Start Debugging');
    const choice = (text: string) =>
      page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
    await choice('Normscope').click(patience);
    await choice('Debug endless.model.yaml').waitFor(patience);
    await workbench.screenshot('debug-attach-1-list');
    await choice('Attach to Training').click();
    await debug.at('first (Linear)', 'forward');
    await debug.line('in µ').waitFor(patience);
    await workbench.screenshot('debug-attach-2-attached');
  });

  it('tells of a condition for which each step computes something again', async () => {
    const { page } = workbench;
    const line = endless.split('\n').findIndex((each) => each.includes('norm: LayerNorm')) + 1;
    await debug.goToLine(line);
    await workbench.runCommand('Debug: Add Conditional Breakpoint...');
    await page.locator('.breakpoint-widget .monaco-editor.focused').waitFor();
    await page.keyboard.type('max(xhat) > 1e9');
    await page.keyboard.press('Enter');
    await status('breakpoints slow steps down').waitFor(patience);
    await status('breakpoints slow steps down').hover();
    await page.locator('.workbench-hover', { hasText: 'block.norm.xhat once more' }).waitFor();
    await workbench.screenshot('debug-attach-3-cost');
    await debug.goToLine(line);
    await page.keyboard.press('F9');
    await status('breakpoints slow steps down').waitFor({ state: 'hidden', ...patience });
  });

  it('ends when the engine is killed, and offers to go on from the last checkpoint', async () => {
    const { page } = workbench;
    const [engine] = enginesOf(workbench.workspace);
    assert.ok(engine !== undefined);
    process.kill(engine, 'SIGKILL');
    await debug.frame('forward').waitFor({ state: 'detached', ...patience });
    const toast = page.locator('.notification-toast', { hasText: 'SIGKILL' });
    await toast.waitFor(patience);
    await workbench.screenshot('debug-attach-4-killed');
    await toast.getByRole('button', { name: 'Resume from Last Checkpoint' }).click();
    await until('another engine trains', () => {
      const [other] = enginesOf(workbench.workspace);
      return other !== undefined && other !== engine;
    });
    await workbench.runCommand('Normscope: Stop');
    await until('it has ended', () => enginesOf(workbench.workspace).length === 0);
  });
});

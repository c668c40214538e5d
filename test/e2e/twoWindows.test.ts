import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { tinyModel } from '../debugger/tinyModel.ts';
import { useWorkbench, type Workbench } from '../workbench/useWorkbench.ts';
import { PanelPage, until } from './panelPage.ts';

/** Some hundred steps a second on one thread: the windows and the browser need the rest of the machine to follow it. */
const settings = { 'normscope.engine.threads': 1 };
const endless = tinyModel
  .replace('model: tiny', 'model: endless')
  .replace('batch: 16', 'batch: 4096')
  .replace(/steps: \d+/, 'steps: 10000000');
const file = 'endless.model.yaml';

describe('two windows on one workspace', function () {
  this.timeout(180_000);
  const workbench = useWorkbench({ files: { [file]: endless }, settings });
  const writer = new PanelPage(workbench);
  let second: Workbench;
  let viewer: PanelPage;

  const controls = ['train', 'pause', 'stop', 'step'];
  async function enabled(panel: PanelPage): Promise<readonly string[]> {
    const states = controls.map(async (name) => {
      const isDisabled = (await panel.button(name).getAttribute('disabled')) !== null;
      return isDisabled ? [] : [name];
    });
    return (await Promise.all(states)).flat();
  }
  function enginePid(): number {
    const runs = path.join(workbench.workspace, '.normscope/runs');
    const [id] = readdirSync(runs);
    const lock = readFileSync(path.join(runs, id!, 'lock'), 'utf8');
    return (JSON.parse(lock) as { readonly pid: number }).pid;
  }

  async function openModel(window: Workbench, panel: PanelPage): Promise<void> {
    await window.openFile(file);
    await window.runCommand('Normscope: Open Panel');
    await panel.node('block').waitFor();
  }

  it('the second follows live what the first trains, and says who controls it', async () => {
    await openModel(workbench, writer);
    await writer.button('train').click();
    await until('it trains', async () => (await writer.steps()) > 5);
    second = await workbench.openSecondWindow();
    viewer = new PanelPage(second);
    await openModel(second, viewer);
    const banner = viewer.frame.locator('.banner', { hasText: 'This window follows it live' });
    await banner.getByText(`process ${enginePid()}`).waitFor();
    const seen = await viewer.steps();
    assert.ok(seen > 0, 'what was trained before is there');
    await until('the viewer follows', async () => (await viewer.steps()) > seen);
    const variance = viewer.number('block.norm', 'in.var');
    const first = await variance.textContent();
    await until('its picture moves', async () => (await variance.textContent()) !== first);
    assert.deepEqual(await enabled(viewer), []);
    const reason = await viewer.button('train').getAttribute('title');
    assert.match(reason ?? '', /Controlled where the training was started/);
    await second.page.locator('.statusbar-item .codicon-eye').waitFor();
    await second.screenshot('two-windows-viewer');
    assert.deepEqual(await enabled(writer), ['pause', 'stop']);
  });

  it('the second tells why it does not train', async () => {
    await second.page.locator('.codelens-decoration a', { hasText: 'Train' }).first().click();
    await second.page
      .locator('.notification-toast', { hasText: 'is being trained by another window' })
      .waitFor();
    assert.equal(readdirSync(path.join(workbench.workspace, '.normscope/runs')).length, 1);
  });

  it('the second sees when the first pauses and goes on', async () => {
    await writer.button('pause').click();
    await viewer.untilState('paused');
    await writer.button('train').click();
    await viewer.untilState('training');
  });

  it('the second takes over when the writer is gone, and the first becomes the viewer', async () => {
    process.kill(enginePid(), 'SIGKILL');
    await viewer.frame.getByText('Nobody trains this run any more').waitFor();
    const reached = await viewer.steps();
    await viewer.button('resume').click();
    await viewer.untilState('training');
    await until('it goes on', async () => (await viewer.steps()) > 0);
    await until('beyond where it was', async () => (await viewer.steps()) > reached);
    await writer.frame.getByText('This window follows it live').waitFor();
    assert.deepEqual(await enabled(writer), []);
    const seen = await writer.steps();
    await until('the first follows', async () => (await writer.steps()) > seen);
  });

  it('the first has the controls back when the second is closed', async () => {
    await second.stop();
    await writer.frame.getByText('Nobody trains this run any more').waitFor();
    await writer.button('resume').waitFor();
    assert.deepEqual(await enabled(writer), ['train', 'step']);
    await workbench.screenshot('two-windows-taken-back');
  });
});

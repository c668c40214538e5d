import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { useWorkbench } from '../workbench/useWorkbench.ts';
import { PanelPage } from './panelPage.ts';

/** Ways to a command by the keyboard alone: no test here touches the mouse. */
describe('the walkthrough by keyboard', function () {
  this.timeout(240_000);
  const workbench = useWorkbench();
  const panel = new PanelPage(workbench);

  const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
  const type = (text: string): Promise<void> => workbench.page.keyboard.type(text);
  const step = (name: string) =>
    workbench.page.locator(
      `.getting-started-step[data-step-id="normscope.normscope#start#${name}"]`,
    );

  async function focusedText(): Promise<string> {
    return workbench.page.evaluate(
      () =>
        (globalThis as unknown as { document: Document }).document.activeElement?.textContent ?? '',
    );
  }

  interface Document {
    readonly activeElement: { readonly textContent: string | null } | null;
  }

  /** Presses Tab until something with this text has the focus. */
  async function tabTo(text: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
      if ((await focusedText()).trim().startsWith(text)) return;
      await press('Tab');
    }
    assert.fail(`Tab does not reach ${text}`);
  }

  /** Opens the walkthrough from the palette, and a step of it that is not open. */
  async function openStep(title: string, name: string): Promise<void> {
    await workbench.runCommandByKeyboard('Normscope: Open Walkthrough');
    await step(name).waitFor();
    if ((await step(name).getAttribute('class'))?.includes('expanded') === true) return;
    await tabTo(title);
    await press('Enter');
    await workbench.page.locator('.getting-started-step.expanded', { hasText: title }).waitFor();
  }

  /** Presses the button of the step that is open. */
  async function follow(button: string): Promise<void> {
    await tabTo(button);
    await press('Enter');
  }

  const chosen = (text: string) =>
    workbench.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text });

  /**
   * Opens the list of examples and goes to one. The page takes the focus back when the key comes up, and the list closes when that is
   * late: then one opens it again.
   */
  async function pick(example: string, attempts = 4): Promise<void> {
    await follow('Open Example');
    try {
      await workbench.page.getByPlaceholder('Which model?').waitFor({ timeout: 8000 });
      await type(example);
      await chosen(example).waitFor({ timeout: 4000 });
    } catch (error) {
      if (attempts === 1) throw error;
      await press('Escape');
      await openStep('Open an example', 'example');
      await pick(example, attempts - 1);
    }
  }

  async function untilDone(name: string): Promise<void> {
    await step(name).locator('.codicon.complete').first().waitFor({ state: 'attached' });
  }

  it('opens, and its first step copies an example with its data', async () => {
    for (const name of readdirSync(workbench.workspace)) {
      rmSync(path.join(workbench.workspace, name), { recursive: true });
    }
    await openStep('Open an example', 'example');
    await workbench.page.locator('.getting-started-media iframe').first().waitFor();
    await workbench.screenshot('walkthrough-1');
    await pick('post-norm-encoder');
    await press('Enter');
    await chosen('This workspace').waitFor();
    await press('Enter');
    await panel.node('blocks.0').waitFor();
    const files = readdirSync(workbench.workspace).filter((name) => !name.startsWith('.'));
    assert.deepEqual(files.sort(), ['moby-dick.txt', 'post-norm-encoder.model.yaml']);
  });

  it('shows the panel', async () => {
    await openStep('See its residual stream', 'topology');
    await untilDone('example');
    await follow('Open Panel');
    await panel.node('blocks.0').waitFor();
  });
});

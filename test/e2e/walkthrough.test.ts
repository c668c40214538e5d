import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openFileByKeyboard } from '../workbench/palette.ts';
import { useWorkbench } from '../workbench/useWorkbench.ts';
import { PanelPage, until } from './panelPage.ts';

const model = 'char-gpt.model.yaml';

interface Page {
  readonly document: { readonly activeElement: { readonly textContent: string | null } | null };
}

/** The walkthrough's five steps by the keyboard alone: no test here touches the mouse. */
describe('the walkthrough by keyboard', function () {
  this.timeout(240_000);
  const workbench = useWorkbench();
  const panel = new PanelPage(workbench);
  const place = (name: string): string => path.join(workbench.workspace, name);

  const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
  const step = (name: string) =>
    workbench.page.locator(
      `.getting-started-step[data-step-id="normscope.normscope#start#${name}"]`,
    );

  async function focusedText(): Promise<string> {
    return workbench.page.evaluate(
      () => (globalThis as unknown as Page).document.activeElement?.textContent ?? '',
    );
  }

  const hasFocus = async (text: string) => (await focusedText()).trim().startsWith(text);

  /** Presses Tab until something with this text has the focus, and keeps it: VS Code may still be building the page anew. */
  async function tabTo(text: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
      if (await hasFocus(text)) {
        await workbench.page.waitForTimeout(500);
        if (await hasFocus(text)) return;
      }
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

  /** Goes back to the walkthrough, where the step is ticked off. */
  async function untilDone(name: string): Promise<void> {
    await workbench.runCommandByKeyboard('Normscope: Open Walkthrough');
    await step(name).locator('.codicon.complete').first().waitFor({ state: 'attached' });
  }

  /** Replaces the first of these words in the model file. */
  async function change(from: string, to: string): Promise<void> {
    const { page } = workbench;
    await openFileByKeyboard(page, model);
    await page.locator('.tab.active', { hasText: model }).waitFor();
    await press('Control+F');
    await page.locator('.find-widget.visible').waitFor();
    await page.keyboard.type(from);
    await page.locator('.find-widget .matchesCount', { hasText: '1 of' }).waitFor();
    await press('Escape');
    await page.keyboard.type(to);
    await press('Escape');
    await press('Control+S');
    await until('the file is changed', () => readFileSync(place(model), 'utf8').includes(to));
  }

  it('opens, and its first step copies an example with its data, unasked', async () => {
    for (const name of readdirSync(workbench.workspace)) {
      rmSync(place(name), { recursive: true });
    }
    await openStep('Open an example', 'example');
    await workbench.page.locator('.getting-started-media iframe').first().waitFor();
    await workbench.screenshot('walkthrough-1');
    await follow('Open Example');
    await panel.node('blocks.0').waitFor();
    const files = readdirSync(workbench.workspace).filter((name) => !name.startsWith('.'));
    assert.deepEqual(files.sort(), [model, 'moby-dick.txt']);
    await untilDone('example');
  });

  it('shows the panel', async () => {
    await openStep('See its residual stream', 'topology');
    await follow('Open Panel');
    await panel.node('blocks.0').waitFor();
    await untilDone('topology');
  });

  it('takes one step, and every norm shows its numbers', async () => {
    await openStep('Take one step', 'step');
    await follow('Step');
    await until('a step is taken', async () => (await panel.steps()) === 1);
    await panel.untilState('paused');
    assert.match((await panel.number('norm', 'out.var').textContent()) ?? '', /^(1|0\.9\d*)/);
    await untilDone('step');
  });

  it('breaks on a variance, unasked', async () => {
    await openStep('Break on a variance', 'break');
    await follow('Break on Variance');
    await workbench.page.locator('.debug-toolbar .codicon-debug-continue').waitFor();
    await until('it stands still after some steps', async () => (await panel.steps()) > 1);
    await workbench.page.locator('.codicon-debug-breakpoint-conditional').first().waitFor();
    await workbench.screenshot('walkthrough-4');
    await press('Shift+F5');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    await untilDone('break');
  });

  it('compares pre- and post-norm', async () => {
    await change('placement: pre', 'placement: post');
    await openStep('Compare pre- and post-norm', 'compare');
    await follow('Train');
    await panel.untilState('training');
    await until('it trains', async () => (await panel.steps()) > 1);
    await untilDone('compare');
    await follow('Show Runs');
    const pane = workbench.page.locator('.pane', { hasText: 'Runs' });
    const runs = pane.locator('.monaco-list-row');
    await runs.filter({ hasText: 'training' }).waitFor();
    await pane.locator('.monaco-list:focus').waitFor();
    await workbench.screenshot('walkthrough-5');
    assert.ok((await runs.filter({ hasText: 'stopped' }).count()) >= 1, 'there is one to compare');
    await workbench.runCommandByKeyboard('Normscope: Stop');
    await panel.untilState('ended');
  });
});

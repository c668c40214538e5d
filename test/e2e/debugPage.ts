import type { Locator } from 'playwright-core';
import type { Workbench } from '../workbench/useWorkbench.ts';

/** How long a training may take to come to its next stop. */
export const patience = { timeout: 60_000 };

/** Room for what the debugger shows. */
export const quietSettings = {
  'editor.minimap.enabled': false,
  'debug.internalConsoleOptions': 'neverOpen',
};

/** VS Code's debugger as a person sees it. */
export class DebugPage {
  private readonly workbench: Workbench;

  constructor(workbench: Workbench) {
    this.workbench = workbench;
  }

  /** A line of the call stack. */
  frame(text: string): Locator {
    return this.row('.debug-call-stack', text);
  }

  variable(text: string): Locator {
    return this.row('.debug-variables', text);
  }

  /** A row of the list of norms or of checkpoints, by its label. */
  listed(label: string): Locator {
    return this.row('.sidebar .customview-tree', label);
  }

  /** Opens or closes a view of the side bar. */
  async toggle(view: string): Promise<void> {
    const { page } = this.workbench;
    await page.locator(`.sidebar .pane-header[aria-label^="${view}"]`).first().click();
  }

  /** A line of the model file. */
  line(text: string): Locator {
    return this.workbench.page.locator('.view-line', { hasText: text }).first();
  }

  async at(...frames: readonly string[]): Promise<void> {
    for (const frame of frames) await this.frame(frame).waitFor(patience);
  }

  /** Presses a key of the debugger and waits until it stands at a frame. */
  async press(key: string, ...frames: readonly string[]): Promise<void> {
    await this.workbench.page.keyboard.press(key);
    await this.at(...frames);
  }

  /** Puts the cursor of the first editor somewhere, from 1. */
  async goToLine(line: number, column = 1): Promise<void> {
    const { page } = this.workbench;
    await this.workbench.runCommand('View: Focus First Editor Group');
    await page.keyboard.press('Control+G');
    await page.keyboard.type(`:${line}:${column}`);
    await page.keyboard.press('Enter');
    await page.locator('.statusbar-item', { hasText: `Ln ${line}, Col ${column}` }).waitFor();
  }

  /** Answers the input that asks for a step. */
  async goToStep(step: number): Promise<void> {
    const { page } = this.workbench;
    await page.keyboard.press('Alt+F9');
    await page.locator('.quick-input-widget input').fill(String(step));
    await page.keyboard.press('Enter');
    await this.at(`step ${step}`);
  }

  private row(list: string, text: string): Locator {
    return this.workbench.page.locator(`${list} .monaco-list-row`, { hasText: text }).first();
  }
}

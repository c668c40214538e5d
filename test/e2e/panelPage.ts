import assert from 'node:assert/strict';
import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from '../workbench/useWorkbench.ts';

/** Waits until `condition` holds. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > end) assert.fail(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The panel as a person sees it. */
export class PanelPage {
  private readonly workbench: Workbench;

  constructor(workbench: Workbench) {
    this.workbench = workbench;
  }

  get frame(): FrameLocator {
    return this.workbench.webview('Normscope');
  }

  button(action: string): Locator {
    return this.frame.locator(`[data-action=${action}]`).first();
  }

  /** A layer, or a container of layers, in the picture. */
  node(layer: string): Locator {
    return this.frame.locator(`[data-path="${layer}"]`).first();
  }

  /** A number at a norm in the picture. */
  number(norm: string, statistic: string): Locator {
    return this.frame.locator(`[data-norm="${norm}"] [data-live="${statistic}"]`).first();
  }

  metric(name: string): Locator {
    return this.frame.locator(`[data-metric=${name}] dd`);
  }

  /** Scrolls a part of the statistics to their top. */
  async scrollTo(part: string): Promise<void> {
    await this.frame.locator(part).evaluate((element) => element.scrollIntoView());
  }

  async untilState(state: string): Promise<void> {
    await this.frame.locator(`.state[data-state=${state}]`).waitFor();
  }

  /** Steps taken, as the header shows them; -1 while it shows none. */
  async steps(): Promise<number> {
    if ((await this.metric('step').count()) === 0) return -1;
    const text = await this.metric('step').innerText();
    return Number(text.split('/')[0]?.replaceAll(/\D/g, ''));
  }
}

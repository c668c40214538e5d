import type { Page } from 'playwright-core';

/**
 * Opens the command palette with a command in it. Contributions arrive after the workbench does, and
 * the palette's list is made when it opens: one that was opened too early never shows the command. So
 * it is opened again until it does.
 */
async function findCommand(page: Page, title: string, attempts = 20) {
  const input = page.locator('.quick-input-widget input[aria-autocomplete]');
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
  for (let attempt = 1; ; attempt++) {
    try {
      await page.keyboard.press('F1');
      await input.fill(`>${title}`, { timeout: 1500 });
      await row.waitFor({ timeout: 1500 });
      return row;
    } catch (error) {
      if (attempt === attempts) {
        throw new Error(`The command palette does not list "${title}".`, { cause: error });
      }
      await page.keyboard.press('Escape');
    }
  }
}

/** Waits until the palette lists a command whose label holds this text. */
export async function waitForCommand(page: Page, title: string): Promise<void> {
  await findCommand(page, title);
  await page.keyboard.press('Escape');
}

/** Runs the first command of the palette whose label holds this text, such as `View: Show Explorer`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const row = await findCommand(page, title);
  await row.click();
}

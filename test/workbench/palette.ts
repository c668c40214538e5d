import type { Locator, Page } from 'playwright-core';

type Use = (row: Locator) => Promise<void>;

/**
 * Opens the quick input with `key`, types into it until it lists an entry with this text, and uses the entry. Commands and files
 * arrive after the workbench does, the list is made when the input opens, and it closes when something else takes the focus: so
 * it is opened again until all went well.
 */
async function withEntry(
  page: Page,
  [key, typed, text]: readonly [key: string, typed: string, text: string],
  use: Use,
  attempts = 20,
): Promise<void> {
  const input = page.locator('.quick-input-widget input[aria-autocomplete]');
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  for (let attempt = 1; ; attempt++) {
    try {
      await page.keyboard.press(key);
      await input.fill(typed, { timeout: 1500 });
      await row.waitFor({ timeout: 1500 });
      await use(row);
      return;
    } catch (error) {
      if (attempt === attempts) {
        throw new Error(`The quick input does not list "${text}".`, { cause: error });
      }
      await page.keyboard.press('Escape');
    }
  }
}

function choose(row: Locator): Promise<void> {
  return row.click({ timeout: 1500 });
}

/** Opens the file of the workspace that Ctrl+P finds first under this name. */
export async function openFile(page: Page, name: string): Promise<void> {
  await withEntry(page, ['Control+P', name, name], choose);
}

/** Waits until the palette lists a command whose label holds this text. */
export async function waitForCommand(page: Page, title: string): Promise<void> {
  await withEntry(page, ['F1', `>${title}`, title], () => page.keyboard.press('Escape'));
}

/** Runs the first command of the palette whose label holds this text, such as `View: Show Explorer`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await withEntry(page, ['F1', `>${title}`, title], choose);
}

function chooseByKeyboard(page: Page): Use {
  return async (row) => {
    await row.and(page.locator('.focused')).waitFor({ timeout: 1500 });
    await page.keyboard.press('Enter');
  };
}

/** Runs the only command of the palette whose label holds this text, without the mouse. */
export async function runCommandByKeyboard(page: Page, title: string): Promise<void> {
  await withEntry(page, ['F1', `>${title}`, title], chooseByKeyboard(page));
}

/** Opens the file of the workspace that Ctrl+P finds first under this name, without the mouse. */
export async function openFileByKeyboard(page: Page, name: string): Promise<void> {
  await withEntry(page, ['Control+P', name, name], chooseByKeyboard(page));
}

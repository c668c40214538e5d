import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import {
  makePseudoExtension,
  plainWords,
  pseudoLanguage,
  wordsOfModels,
} from '../workbench/pseudoExtension.ts';
import { useWorkbench } from '../workbench/useWorkbench.ts';
import { DebugPage, quietSettings } from './debugPage.ts';
import { PanelPage, until } from './panelPage.ts';

const model = 'residual-mlp.model.yaml';
const wrong = 'wrong.model.yaml';
const wrongText = `model: wrong
let: { width: 8 }
layers:
  - Linear: { out_features: widht }
  - LayerNorm: { epsilon: 1 }
  - Linea: { out_features: 2 }
  - Residual:
      norm: LayerNorm
      placement: before
      body: [{ Linear: { out_features: 5 } }]
train:
  data: { task: two-spirals }
  steps: -3
  loss: CrossEntropyLos
`;

describe('Simplified Chinese', () => {
  const workbench = useWorkbench({ language: 'zh-cn', settings: quietSettings });
  const panel = new PanelPage(workbench);
  const debug = new DebugPage(workbench);

  it('is what the panel, the editor and the side bar speak', async () => {
    const { page } = workbench;
    await page.setViewportSize({ width: 1600, height: 1000 });
    await workbench.openFile('char-gpt.model.yaml');
    await page.locator('.codelens-decoration', { hasText: '训练' }).waitFor();
    await workbench.runCommand('Normscope: 打开面板');
    await panel.node('blocks.0').waitFor();
    await panel.button('train').click();
    await until('ten steps are taken', async () => (await panel.steps()) >= 10);
    assert.match(await panel.frame.locator('header').innerText(), /训练中/);
    await workbench.runCommand('View: Show Normscope');
    await page.locator('.sidebar .pane-header', { hasText: '运行' }).waitFor();
    await page.locator('.statusbar-item', { hasText: /损失 \d/ }).waitFor();
    await workbench.screenshot('chinese-training');
    await panel.button('stop').click();
    await panel.untilState('ended');
  });

  it('is what the debugger, its thread and the engine speak', async () => {
    await workbench.runCommand('View: Focus First Editor Group');
    await workbench.page.keyboard.press('F5');
    await debug.at('第 0 步');
    await workbench.screenshot('chinese-debugger');
  });
});

/** Everything that an element and those inside of it say, to the eye and to the ear. */
function sayings(element: Locator): Promise<readonly string[]> {
  return element.evaluate((top) => {
    const texts: string[] = [];
    const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node: Node | null = top; node !== null; node = walker.nextNode()) {
      if (node instanceof Text) texts.push(node.data);
      else if (node instanceof Element && !node.matches('style, script')) {
        for (const name of ['title', 'aria-label', 'placeholder', 'aria-valuetext']) {
          texts.push(node.getAttribute(name) ?? '');
        }
      }
    }
    return texts.map((text) => text.trim()).filter((text) => text !== '');
  });
}

describe('a language that nobody speaks', () => {
  let extension = '';
  const workbench = useWorkbench({
    language: pseudoLanguage,
    settings: quietSettings,
    files: { [wrong]: wrongText },
    package: () => (extension = makePseudoExtension()),
  });
  const panel = new PanelPage(workbench);
  const debug = new DebugPage(workbench);
  after(() => {
    if (extension !== '') rmSync(extension, { recursive: true });
  });

  /** Words that stay as they are in any language. */
  function names(): ReadonlySet<string> {
    const files = [model, wrong].map((file) =>
      readFileSync(path.join(workbench.workspace, file), 'utf8').replaceAll(/#.*/g, ''),
    );
    const own = [
      'Normscope',
      'norm',
      'Input',
      'RMS',
      'CSV',
      'PNG',
      'SVG',
      'Mermaid',
      'PyTorch',
    ].concat(
      // Formulas, types of elements and units.
      ['sqrt', 'mean', 'var', 'float', 'int', 'kFLOP'],
    );
    const words =
      [...files, ...own]
        .join(' ')
        .toLowerCase()
        .match(/[a-z]+/g) ?? [];
    return new Set([...wordsOfModels(), ...words]);
  }

  function requireTranslated(texts: readonly string[]): void {
    assert.notEqual(texts.length, 0, 'nothing was said');
    const known = names();
    const plain = texts
      .map((text) => [text, plainWords(text, known)] as const)
      .filter(([, words]) => words.length > 0)
      .map(([text, words]) => `${words.join(' ')}: ${text}`);
    assert.deepEqual([...new Set(plain)], []);
  }

  async function seen(selector: string): Promise<readonly string[]> {
    const elements = workbench.page.locator(selector);
    await elements.first().waitFor();
    return elements.allInnerTexts();
  }

  it('code lenses, inlay hints and the language’s name', async () => {
    await workbench.page.setViewportSize({ width: 1600, height: 1000 });
    await workbench.openFile(model);
    requireTranslated(await seen('.codelens-decoration a'));
    requireTranslated(await seen('#status\\.editor\\.mode'));
  });

  it('commands', async () => {
    const { page } = workbench;
    await page.keyboard.press('F1');
    await page.keyboard.type('Normscope: ');
    // Its second line repeats the command in English for those who search for that.
    const rows = '.quick-input-list-rows > .quick-input-list-row:first-child .label-name';
    await page.locator(rows).nth(8).waitFor();
    const titles = (await seen(rows)).filter((title) => !/Focus on|Show Normscope/.test(title));
    requireTranslated(titles);
    await page.keyboard.press('Escape');
  });

  it('the panel before, while and after it trains', async () => {
    const root = panel.frame.locator('#normscope');
    await workbench.runCommand('Normscope: Open Panel');
    await panel.node('blocks.0').waitFor();
    requireTranslated(await sayings(root));
    await panel.button('train').click();
    await until('ten steps are taken', async () => (await panel.steps()) >= 10);
    requireTranslated(await sayings(root));
    requireTranslated(await seen('.statusbar-item[id^="normscope"]'));
    await panel.button('stop').click();
    await panel.untilState('ended');
    await workbench.screenshot('pseudo-panel');
    requireTranslated(await sayings(root));
  });

  it('the side bar', async () => {
    await workbench.runCommand('View: Show Normscope');
    await workbench.page.locator('.sidebar .monaco-list-row').nth(4).waitFor();
    const labels = await seen('.sidebar .label-name');
    const descriptions = await seen('.sidebar .label-description');
    // A run is named after the time when it began, as the browser writes it.
    const isTime = (label: string): boolean => /\d:\d\d/.test(label);
    requireTranslated([...labels.filter((label) => !isTime(label)), ...descriptions]);
    requireTranslated(
      (await seen('.sidebar .pane-header .title')).filter((title) => !/ormscope/i.test(title)),
    );
  });

  it('diagnostics', async () => {
    await workbench.openFile(wrong);
    await workbench.runCommand('View: Focus Problems');
    const rows = await seen('.markers-panel .monaco-list-row .marker-message-details-container');
    // Source, code and place follow the message.
    requireTranslated(rows.map((row) => row.split('\n')[0] ?? ''));
    await workbench.screenshot('pseudo-problems');
  });

  it('hover and completion', async () => {
    const { page } = workbench;
    // The first editor shows the model that is right.
    await debug.goToLine(11, 18);
    await workbench.runCommand('Show or Focus Hover');
    requireTranslated(await seen('.monaco-hover .hover-contents >> visible=true'));
    await page.keyboard.press('Escape');
    await debug.goToLine(10, 11);
    await page.keyboard.press('Control+Space');
    await page.locator('.suggest-widget .monaco-list-row').first().waitFor();
    // The same again shows the documentation of the entry.
    await page.keyboard.press('Control+Space');
    requireTranslated(await seen('.suggest-details .docs >> visible=true'));
    await page.keyboard.press('Escape');
  });

  it('the walkthrough', async () => {
    await workbench.runCommand('Normscope: Open Walkthrough');
    const steps = '.gettingStartedSlideDetails .getting-started-step';
    requireTranslated(await seen(`${steps} .step-title`));
    requireTranslated(await seen(`${steps} .step-description-container`));
    await workbench.screenshot('pseudo-walkthrough');
    await workbench.runCommand('View: Close Editor');
  });

  it('settings', async () => {
    await workbench.runCommand('Preferences: Open Settings (UI)');
    await workbench.page.keyboard.type('@ext:normscope.normscope');
    const ours = '.setting-item-contents:has(.setting-item-category:text("Normscope"))';
    requireTranslated(await seen(`${ours} .setting-item-description`));
    await workbench.runCommand('View: Close Editor');
  });

  it('the debugger', async () => {
    await workbench.openFile(model);
    await workbench.page.keyboard.press('F5');
    await workbench.page.locator('.debug-call-stack .monaco-list-row').nth(3).waitFor();
    requireTranslated(
      await seen(
        '.debug-call-stack .monaco-list-row .label-name, .debug-call-stack .stack-frame .label',
      ),
    );
    requireTranslated(await seen('.debug-variables .monaco-list-row'));
    requireTranslated(await seen('.debug-breakpoints .monaco-list-row .name'));
    await workbench.screenshot('pseudo-debugger');
  });
});

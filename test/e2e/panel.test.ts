import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { useWorkbench } from '../workbench/useWorkbench.ts';
import { PanelPage, until } from './panelPage.ts';

const model = 'residual-mlp.model.yaml';

/** Runs in the page: all that VS Code keeps of the workspace, as one text. */
const readStorage = `(async () => {
  const result = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const texts = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await result(indexedDB.open(name));
    for (const table of database.objectStoreNames) {
      const store = database.transaction(table).objectStore(table);
      texts.push(JSON.stringify(await result(store.getAll())));
    }
    database.close();
  }
  return texts.join();
})()`;

describe('the panel', () => {
  const workbench = useWorkbench();
  const panel = new PanelPage(workbench);
  const line = () => workbench.page.locator('.active-line-number').first().innerText();

  async function openAllExamples(): Promise<void> {
    await workbench.runCommand('Normscope: Open Example');
    const list = workbench.page.locator('.quick-input-list');
    await list.getByText('char-gpt').first().waitFor();
    // The list draws only what is in sight.
    await workbench.page.keyboard.type('All examples');
    await list.getByText('All examples').first().click();
    await list.getByText('This workspace').click();
  }

  it('copies the examples when asked, and opens the first beside its picture', async () => {
    for (const name of readdirSync(workbench.workspace)) {
      rmSync(path.join(workbench.workspace, name), { recursive: true });
    }
    await openAllExamples();
    await panel.node('blocks.0').waitFor();
    await workbench.page.locator('.tab', { hasText: 'char-gpt.model.yaml' }).waitFor();
    for (const name of ['char-gpt.model.yaml', 'moby-dick.txt', model]) {
      assert.ok(existsSync(path.join(workbench.workspace, name)), name);
    }
  });

  it('asks before it replaces examples that were changed', async () => {
    await workbench.runCommand('View: Close All Editors');
    await openAllExamples();
    const dialog = workbench.page.locator('.monaco-dialog-box');
    await dialog.getByText('already has').waitFor();
    await dialog.getByRole('button', { name: 'Keep Them' }).click();
    await dialog.waitFor({ state: 'detached' });
    await panel.node('blocks.0').waitFor();
  });

  it('follows the model that is edited', async () => {
    await workbench.openFile(model);
    await until('the other model is shown', async () => {
      return (await panel.frame.locator('header h1').innerText()) === 'residual-mlp';
    });
  });

  it('shows the line of a layer that is clicked, and the layer of the line', async () => {
    await panel.button('fit').click();
    await panel.node('blocks.0.mlp.norm').click();
    await until('the cursor is at the norm', async () => (await line()) === '11');
    await workbench.runCommand('View: Focus First Editor Group');
    await workbench.page.keyboard.press('Control+G');
    await workbench.page.keyboard.type(':17');
    await workbench.page.keyboard.press('Enter');
    await panel.frame.locator('.selected[data-path="blocks.0.mlp.2"]').waitFor();
  });

  it('is complete again after it was hidden while the run went on', async () => {
    const file = path.join(workbench.workspace, model);
    const endless = readFileSync(file, 'utf8').replace(/steps: \d+/, 'steps: 1000000');
    writeFileSync(file, endless);
    // The editor may not have noticed the change yet, and trains what stands in it.
    await workbench.openFile(model);
    await workbench.runCommand('File: Revert File');
    await panel.button('train').click();
    await until('it trains', async () => (await panel.steps()) > 5);
    await workbench.openFile('moby-dick.txt');
    await panel.frame.locator('header h1').waitFor({ state: 'hidden' });
    const item = workbench.page.locator('.statusbar-item', { hasText: /\d+\/1000000/ });
    await item.waitFor();
    await item.click();
    await until('the run is complete', async () => (await panel.steps()) > 20);
    await panel.untilState('training');
    await panel.frame.locator('canvas').first().waitFor();
    await workbench.screenshot('panel-shown-again');
    await panel.button('stop').click();
    await panel.untilState('ended');
  });

  it('is what it was after the window was reloaded: model, run, selection, zoom and place', async () => {
    const norm = 'blocks.0.mlp.norm';
    const selected = panel.frame.locator(`.selected[data-path="${norm}"]`).first();
    const looks = async (): Promise<readonly unknown[]> => [
      await panel.frame.locator('header h1').innerText(),
      await panel.steps(),
      await panel.frame.locator('.tools .scale').innerText(),
      await panel.frame.locator('svg.picture > g').first().getAttribute('transform'),
    ];
    await panel.node(norm).click();
    await selected.waitFor();
    const fitted = await looks();
    await panel.button('zoomIn').click();
    await panel.button('zoomIn').click();
    const before = await looks();
    assert.notEqual(before[2], fitted[2], 'the picture is larger');
    const scale = /scale\((.*)\)/.exec(String(before[3]))?.[1] ?? 'none';
    // A browser's VS Code writes its state every few seconds; whoever leaves before loses the last of it.
    await until('the state is written', async () => {
      const kept = await workbench.page.evaluate<string>(readStorage);
      return [/selection\W+blocks\.0\.mlp\.norm/, new RegExp(`k\\W+${scale}`)].every((part) =>
        part.test(kept),
      );
    });
    await workbench.open();
    await selected.waitFor();
    await until('the run is shown again', async () => (await panel.steps()) === before[1]);
    assert.deepEqual(await looks(), before);
    await workbench.screenshot('panel-reloaded');
  });

  it('keeps what it shows when the folder of the run is deleted, and can train anew', async () => {
    const steps = await panel.steps();
    rmSync(path.join(workbench.workspace, '.normscope'), { recursive: true });
    await panel.button('train').click();
    await panel.untilState('training');
    await until('it trains anew', async () => (await panel.steps()) !== steps);
    await panel.button('stop').click();
    await panel.untilState('ended');
  });
});

describe('Restricted Mode', () => {
  const mistaken = `model: mistaken
layers:
  - Embedding: 8
  - LayerNom
train:
  data: { text: moby-dick.txt, context: 8 }
  loss: CrossEntropyLoss
  optimizer: { SGD: { lr: 0.1 } }
`;
  const workbench = useWorkbench({ restricted: true, files: { 'mistaken.model.yaml': mistaken } });
  const panel = new PanelPage(workbench);

  it('highlights, checks and draws a model without its data, and starts no engine', async () => {
    const { page } = workbench;
    await workbench.openFile('mistaken.model.yaml');
    await page.locator('.squiggly-error').first().waitFor();
    await workbench.runCommand('Problems: Focus on Problems View');
    const problems = page.locator('.markers-panel .monaco-list-row');
    await problems.filter({ hasText: "did you mean 'LayerNorm'" }).first().waitFor();
    // It is there, and would be read in a workspace that is trusted.
    await problems.filter({ hasText: 'moby-dick.txt has not been read' }).first().waitFor();
    await workbench.runCommand('View: Hide Panel');
    const colours = await page
      .locator('.view-line span[class^=mtk]')
      .evaluateAll((spans) => new Set(spans.map((span) => span.getAttribute('class'))).size);
    assert.ok(colours > 2, `${colours} colours`);
    await workbench.openFile(model);
    await workbench.runCommand('Normscope: Open Panel');
    await panel.node('blocks.0').waitFor();
    await panel.button('train').click();
    await panel.frame.getByText('needs a workspace that you trust').waitFor();
    await page
      .locator('.notification-toast', { hasText: 'needs a workspace that you trust' })
      .waitFor();
    assert.ok(!existsSync(path.join(workbench.workspace, '.normscope')), 'no run was begun');
    await workbench.screenshot('restricted');
  });
});

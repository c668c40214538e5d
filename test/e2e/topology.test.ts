import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { useWorkbench } from '../workbench/useWorkbench.ts';
import { enginesOf } from './engines.ts';
import { PanelPage, until } from './panelPage.ts';
import { parentOf, portsOf } from './ports.ts';

const model = 'residual-mlp.model.yaml';

describe('the picture in VS Code', () => {
  const workbench = useWorkbench();
  const panel = new PanelPage(workbench);
  const selected = () =>
    panel.frame
      .locator('[aria-selected="true"]')
      .evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-path') ?? ''));

  it('shows the residual stream after the first step, as wide and in the colour of its numbers', async () => {
    await workbench.openFile(model);
    await workbench.runCommand('Normscope: Open Panel');
    await panel.node('blocks.0').first().waitFor();
    await panel.button('step').click();
    const dashes = panel.frame.locator('.rail .dashes');
    await until('it is measured', async () => (await dashes.count()) > 2);
    const ratios = await panel.frame.locator('.node.sum .ratio').allTextContents();
    assert.ok(ratios.length > 1 && ratios.every((ratio) => /\d/.test(ratio)), ratios.join());
    const titles = await panel.frame.locator('.rail title').allTextContents();
    assert.ok(
      titles.some((title) => /stream RMS \d.*branch\/skip ratio \d/.test(title)),
      titles.join('; '),
    );
    await panel.frame.locator('.legend').waitFor();
    await workbench.screenshot('topology-rail');
  });

  it('finds a layer by Ctrl+F, goes to the next, and gives the focus back', async () => {
    await panel.node('stem').click();
    await workbench.page.keyboard.press('Control+f');
    await workbench.page.keyboard.type('layernorm');
    await workbench.page.keyboard.press('Enter');
    const count = panel.frame.locator('.search output');
    await until('the first is shown', async () => /^1 \/ \d+$/.test(await count.innerText()));
    await workbench.page.keyboard.press('Enter');
    await until('the second is shown', async () => (await count.innerText()).startsWith('2 / '));
    await until('it is selected', async () => (await selected()).join().includes('norm'));
    await workbench.page.keyboard.press('Escape');
    await panel.frame.locator('[role="treeitem"]:focus').waitFor();
    assert.equal(await count.innerText(), '');
  });

  it('selects several layers in picture and text', async () => {
    // Brought into sight from below, it is at the upper edge, and the next one in sight, too.
    await workbench.page.keyboard.press('Control+f');
    await workbench.page.keyboard.type('blocks.0.mlp.1');
    await workbench.page.keyboard.press('Enter');
    await panel.node('blocks.0.mlp.1').click();
    await panel.node('blocks.0.mlp.2').click({ modifiers: ['Control'] });
    const both = ['blocks.0.mlp.1', 'blocks.0.mlp.2'];
    await until('both are selected', async () => (await selected()).join() === both.join());
    const cursors = workbench.page.locator('.editor-instance .cursors-layer .cursor');
    await until('two cursors', async () => (await cursors.count()) === 2);
    assert.deepEqual(await selected(), both, 'both stay');
    await workbench.screenshot('topology-several');
  });

  it('collapses and expands all, and one block by the keyboard', async () => {
    const blocks = panel.frame.locator('[role=treeitem][data-path="blocks"]');
    const inside = panel.node('blocks.7');
    await panel.button('collapseAll').click();
    await inside.waitFor({ state: 'detached' });
    assert.equal(await blocks.getAttribute('aria-expanded'), 'false');
    const [norm, picture] = [panel.node('norm'), panel.frame.locator('.picturePlace')];
    const tops = await Promise.all([norm, picture].map((part) => part.boundingBox()));
    assert.ok(tops[0]!.y > tops[1]!.y, 'what is left of the picture is in sight');
    await panel.button('fit').click();
    await workbench.screenshot('topology-collapsed');
    await blocks.click();
    await workbench.page.keyboard.press('Space');
    await inside.waitFor();
    assert.equal(await blocks.getAttribute('aria-expanded'), 'true');
    await workbench.page.keyboard.press('ArrowLeft');
    await inside.waitFor({ state: 'detached' });
    await panel.button('expandAll').click();
    await inside.waitFor();
  });

  it('saves the picture as SVG, PNG and Mermaid where the dialog says', async () => {
    const starts = { svg: '<svg xmlns', png: '\u0089PNG\r\n', mmd: 'flowchart' };
    for (const [extension, start] of Object.entries(starts)) {
      const action = extension === 'mmd' ? 'save-mermaid' : `save-${extension}`;
      await panel.frame.locator('.heading .menuButton').first().click();
      await panel.button(action).click();
      const file = path.join(workbench.workspace, `residual-mlp.${extension}`);
      const dialog = workbench.page.locator('.quick-input-widget');
      const place = dialog.locator('input[aria-autocomplete]');
      await until('the dialog proposes a place beside the model', async () => {
        return (await place.inputValue()) === file;
      });
      await dialog.getByRole('button', { name: 'OK' }).click();
      await until(`${extension} is written`, () => textOf(file).startsWith(start));
    }
    const svg = readFileSync(path.join(workbench.workspace, 'residual-mlp.svg'), 'utf8');
    assert.ok(svg.includes('LayerNorm') && svg.trimEnd().endsWith('</svg>'), svg.slice(0, 200));
    const mermaid = readFileSync(path.join(workbench.workspace, 'residual-mlp.mmd'), 'utf8');
    assert.match(mermaid, /-->/);
  });

  it('shows a chart as a table, sorts it and copies it as it is sorted', async () => {
    for (let step = 2; step <= 6; step++) {
      await panel.button('step').click();
      await until('a step is taken', async () => (await panel.steps()) === step);
    }
    const chart = panel.frame.locator('.section.training figure.chart').first();
    await chart.locator('.menuButton').click();
    await chart.locator('[data-action=table]').click();
    const table = chart.locator('.twin');
    const rows = table.locator('tbody tr');
    const cells = (column: number): Promise<readonly number[]> =>
      rows.evaluateAll(
        (found, at) => found.map((row) => Number(row.children[at]?.textContent)),
        column,
      );
    await rows.first().waitFor();
    const steps = await cells(0);
    assert.ok(steps.length > 3, `${steps.length} rows`);
    await table.locator('.sort').nth(1).click();
    await table.locator('[aria-sort=ascending]').waitFor();
    const losses = await cells(1);
    assert.deepEqual(
      losses,
      losses.toSorted((a, b) => a - b),
    );
    await table.locator('[data-action=copy]').click();
    await table.getByText('Copied').waitFor();
    await workbench.screenshot('topology-table');
    const sorted = await cells(0);
    assert.notDeepEqual(sorted, steps, 'it has another order now');
    await workbench.runCommand('File: New Untitled Text File');
    await workbench.page.keyboard.press('Control+V');
    const lines = workbench.page.locator('.editor-group-container.active .view-line');
    await until('the table is pasted', async () => (await lines.count()) > sorted.length);
    const pasted = (await lines.allInnerTexts()).map((line) => parseInt(line, 10));
    assert.deepEqual(pasted.slice(1, 1 + sorted.length), sorted, 'the rows as they are seen');
  });

  it('listens at no port: neither the engine nor the extension host', () => {
    const [engine] = enginesOf(workbench.workspace);
    assert.ok(engine !== undefined, 'an engine waits for the next step');
    assert.deepEqual([engine, parentOf(engine)].map(portsOf), [[], []]);
    assert.deepEqual(portsOf(workbench.server.pid), [workbench.server.port], "but VS Code's own");
  });
});

/** The text of a file byte by byte; nothing where there is none yet. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { useWorkbench } from '../workbench/useWorkbench.ts';
import { until } from './panelPage.ts';

const broken = `layers:
  - Linear: 6
  - BatchNorm1d
  - LayerNorm
  - Linear: 3
train:
  data: { gaussian-blobs: { features: 6, classes: 4 } }
`;

describe('the editor of model files', () => {
  const workbench = useWorkbench();
  const lines = () => workbench.page.locator('.monaco-editor .view-lines').first();

  it('offers a fix at the lightbulb, and takes it', async () => {
    const { page } = workbench;
    writeFileSync(path.join(workbench.workspace, 'broken.model.yaml'), broken);
    await workbench.openFile('broken.model.yaml');
    await page.locator('.squiggly-error').first().waitFor();
    await workbench.runCommand('Go to Next Problem (Error, Warning, Info)');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+.');
    await page.getByText('Set out_features: classes').first().waitFor();
    await workbench.screenshot('quick-fix');
    await page.keyboard.press('Enter');
    await lines().getByText('classes').nth(1).waitFor();
    await page.locator('.squiggly-error').waitFor({ state: 'detached' });
  });

  it('completes a layer that is being typed', async () => {
    const { page } = workbench;
    await page.keyboard.press('Control+G');
    await page.keyboard.type(':4:14');
    await page.keyboard.press('Enter');
    await page.locator('.statusbar-item', { hasText: 'Ln 4, Col 14' }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type('- RMSN');
    const row = page.locator('.suggest-widget .monaco-list-row.focused', { hasText: 'RMSNorm' });
    await until('it is offered', async () => {
      if (await row.isVisible()) return true;
      await page.keyboard.press('Control+Space');
      return false;
    });
    await workbench.screenshot('completion');
    await page.keyboard.press('Enter');
    await lines().getByText('RMSNorm').waitFor();
    await workbench.runCommand('File: Revert File');
    await lines().getByText('RMSNorm').waitFor({ state: 'detached' });
  });

  it('writes mean and variance at the lines of norms while it trains', async () => {
    const { page } = workbench;
    await workbench.openFile('char-gpt.model.yaml');
    await workbench.runCommand('Normscope: Train');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.view-line span')].some((one) =>
        /in µ .* → out µ/.test(getComputedStyle(one, '::after').content),
      ),
    );
    await workbench.screenshot('live-values');
    await workbench.runCommand('Normscope: Stop');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.view-line span')].every(
        (one) => !/in µ .* → out µ/.test(getComputedStyle(one, '::after').content),
      ),
    );
  });
});

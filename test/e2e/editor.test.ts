import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { useWorkbench } from '../workbench/useWorkbench.ts';

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

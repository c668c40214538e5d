import assert from 'node:assert/strict';
import { tinyModel } from '../debugger/tinyModel.ts';
import { seriousFindings } from '../workbench/accessibility.ts';
import { useWorkbench } from '../workbench/useWorkbench.ts';
import { PanelPage, until } from './panelPage.ts';

/** Themes, and the class by which a webview knows them. */
const themes = {
  'Light Modern': 'vscode-light',
  'Dark Modern': 'vscode-dark',
  'Dark High Contrast': 'vscode-high-contrast',
  'Light High Contrast': 'vscode-high-contrast-light',
} as const;

describe('accessibility of the panel, by axe-core', function () {
  this.timeout(240_000);
  const files = {
    'tiny.model.yaml': tinyModel,
    'wrong.model.yaml': tinyModel.replace('LayerNorm: { name', 'LayerNom: { name'),
  };
  const workbench = useWorkbench({ files });
  const panel = new PanelPage(workbench);

  /** Findings in every theme; none is right. */
  async function findings(shot: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const [theme, name] of Object.entries(themes)) {
      await workbench.chooseTheme(theme);
      const body = panel.frame.locator(`body.${name}`);
      await body.waitFor();
      await workbench.screenshot(`accessibility-${shot}-${name}`);
      found.push(...(await seriousFindings(body)).map((finding) => `${theme}: ${finding}`));
    }
    return found;
  }

  it('finds nothing serious in a run with its charts and tables, in four themes', async () => {
    await workbench.openFile('tiny.model.yaml');
    await workbench.runCommand('Normscope: Open Panel');
    await panel.node('block').waitFor();
    await panel.button('train').click();
    await panel.untilState('ended');
    await panel.node('block.norm').click();
    await panel.frame.locator('.selected[data-path="block.norm"]').waitFor();
    assert.deepEqual(await findings('run'), []);
  });

  it('finds nothing serious beside a model with a mistake, in four themes', async () => {
    await workbench.runCommand('View: Focus First Editor Group');
    await workbench.openFile('wrong.model.yaml');
    await panel.frame.locator('.banner .problems').first().waitFor();
    assert.deepEqual(await findings('mistake'), []);
  });

  it('would find a button without a name', async () => {
    const body = panel.frame.locator('body');
    await body.evaluate((element) => {
      element.append(element.ownerDocument.createElement('button'));
    });
    let found: readonly string[] = [];
    await until('the button is noticed', async () => {
      found = await seriousFindings(body);
      return found.length > 0;
    });
    assert.match(found.join(), /button-name/);
  });
});

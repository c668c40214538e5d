import { useWorkbench } from '../workbench/useWorkbench.ts';

describe('VS Code with Normscope', () => {
  const workbench = useWorkbench();

  it('lists the extension as installed', async () => {
    await workbench.runCommand('Extensions: Show Enabled Extensions');
    await workbench.page
      .locator('.extension-list-item .name', { hasText: 'Normscope' })
      .waitFor({ timeout: 20_000 });
  });
});

/**
 * `npx tsx bench/activation.ts [rounds]`: what VS Code says that the activation of the extension took, when a model file is opened.
 * Real VS Code in a browser, the built extension; one window after the other, the first of which warms the disk up.
 */
import { buildAll } from '../scripts/build.ts';
import { Workbench } from '../test/workbench/useWorkbench.ts';
import { median } from './peer.ts';

const rounds = Number(process.argv[2] ?? 7);

/** Milliseconds: loading the code, and running `activate`. */
async function measure(workbench: Workbench): Promise<number> {
  await workbench.open();
  await workbench.openFile('char-gpt.model.yaml');
  await workbench.page.locator('.codelens-decoration').first().waitFor();
  await workbench.runCommand('Developer: Show Running Extensions');
  const row = workbench.page
    .locator('.monaco-list-row', { hasText: 'Normscope' })
    .filter({ hasText: /ctivation: \d+ms/ });
  const text = await row.first().innerText();
  return Number(/ctivation: (\d+)ms/.exec(text)?.[1]);
}

await buildAll();
const workbench = new Workbench({});
await workbench.start();
try {
  await measure(workbench);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await measure(workbench));
  const list = times.map((time) => time.toFixed(0)).join(' ');
  console.log(`activation: median ${median(times).toFixed(0)} ms (${list}), allowed 50 ms`);
} finally {
  await workbench.stop();
}

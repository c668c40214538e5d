/**
 * `npx tsx bench/activation.ts [rounds]`: what VS Code says that the activation of the extension took, when a model file is opened.
 * Real VS Code in a browser, the built extension; one window after the other, the first of which warms the disk up.
 */
import { buildAll } from '../scripts/build.ts';
import { Workbench } from '../test/workbench/useWorkbench.ts';
import { median } from './peer.ts';

const rounds = Number(process.argv[2] ?? 7);
/** Milliseconds for loading and running together. */
const allowed = 50;

/** Milliseconds as VS Code counts them: loading the code, running `activate`, and until what it returned was there. */
interface Activation {
  readonly load: number;
  readonly call: number;
  readonly finish: number;
}

async function measure(workbench: Workbench): Promise<Activation> {
  await workbench.open();
  await workbench.openFile('char-gpt.model.yaml');
  await workbench.page.locator('.codelens-decoration').first().waitFor();
  await workbench.runCommand('Developer: Startup Performance');
  // The table of the extensions stands far down in the report, of which the editor draws what is seen.
  const { keyboard } = workbench.page;
  const lines = workbench.page.locator('.view-line');
  await lines.filter({ hasText: 'System Info' }).first().click();
  await keyboard.press('Control+f');
  await keyboard.type('| normscope.normscope |');
  const row = lines.filter({ hasText: /normscope\.normscope\s*\|/ });
  const text = (await row.first().innerText()).replaceAll('\u00a0', ' ');
  const [, , , load, call, finish] = text.split('|').map((cell) => Number(cell.trim()));
  return { load: load ?? NaN, call: call ?? NaN, finish: finish ?? NaN };
}

await buildAll();
const workbench = new Workbench({});
await workbench.start();
try {
  await measure(workbench);
  const times: Activation[] = [];
  for (let round = 0; round < rounds; round++) times.push(await measure(workbench));
  const show = (what: string, values: readonly number[], judged = ''): void => {
    console.log(`${what}: median ${median(values).toFixed(0)} ms (${values.join(' ')})${judged}`);
  };
  const judge = (both: number): string => (both < allowed ? 'holds' : 'FAILS');
  show(
    'loading the code',
    times.map(({ load }) => load),
  );
  show(
    'running activate',
    times.map(({ call, finish }) => call + finish),
  );
  const both = times.map(({ load, call, finish }) => load + call + finish);
  show('both', both, `, < ${allowed} ms: ${judge(median(both))}`);
} finally {
  await workbench.stop();
}

/**
 * `npx tsx bench/activation.ts [rounds]`: what VS Code says that the activation of the extension took, when a model file is opened.
 * Real VS Code in a browser, the built extension; one window after the other, the first of which warms the disk up.
 */
import { buildAll } from '../scripts/build.ts';
import { Workbench } from '../test/workbench/useWorkbench.ts';
import { median } from './peer.ts';

const rounds = Number(process.argv[2] ?? 7);

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
  await workbench.page.keyboard.press('Control+f');
  await workbench.page.keyboard.type('| normscope.normscope |');
  const row = workbench.page.locator('.view-line', { hasText: /normscope\.normscope\s*\|/ });
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
  const show = (what: string, values: readonly number[], judged: string): void => {
    console.log(`${what}: median ${median(values).toFixed(0)} ms (${values.join(' ')})${judged}`);
  };
  const ofActivation = times.map(({ call, finish }) => call + finish);
  const loading = times.map(({ load }) => load);
  show('loading the code', loading, '');
  show('running activate', ofActivation, ', allowed 50 ms');
  show(
    'both',
    times.map(({ load, call, finish }) => load + call + finish),
    '',
  );
} finally {
  await workbench.stop();
}

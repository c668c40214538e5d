import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Locator } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe-core has against the document that an element belongs to and thinks serious or critical, one line each: rule, element,
 * reason. Its script is brought in past the document's policy, which holds for what the document itself loads.
 */
export async function seriousFindings(element: Locator): Promise<readonly string[]> {
  const handle = await element.elementHandle();
  const frame = await handle.ownerFrame();
  if (frame === null) throw new Error('The document of the element is gone.');
  await frame.evaluate(source);
  const results: AxeResults = await frame.evaluate(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => {
        const reason = (failureSummary ?? '').split('\n').slice(1).join('; ').trim();
        return `${id} at ${target.join(' ')}: ${reason}`;
      }),
    );
}

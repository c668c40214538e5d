import * as l10n from '@vscode/l10n';
import { NormscopeError, reportOf } from '../base/errors.ts';
import type { OpenRequest } from '../protocol/engine.ts';
import { checkModelFile } from './check.ts';
import { countErrors, printDiagnostics } from './diagnostics.ts';
import { shortPath } from './paths.ts';
import type { Terminal } from './terminal.ts';

/**
 * What to tell about a model that the engine did not open: if its file is wrong, prints every problem and returns an error that
 * sums them up, else returns `error` itself.
 */
export async function explainModel(
  request: Pick<OpenRequest, 'modelPath' | 'modelText' | 'overrides'>,
  error: unknown,
  terminal: Terminal,
): Promise<unknown> {
  if (reportOf(error).kind !== 'input') return error;
  const { modelPath, modelText, overrides } = request;
  const report = await checkModelFile({ path: modelPath, text: modelText }, overrides);
  const errors = countErrors(report);
  if (errors === 0) return error;
  const name = shortPath(modelPath);
  printDiagnostics(terminal, name, report);
  const message =
    errors === 1
      ? l10n.t('{0} has 1 error, told above.', name)
      : l10n.t('{0} has {1} errors, told above.', name, errors);
  return new NormscopeError('input', 'model-wrong', message);
}

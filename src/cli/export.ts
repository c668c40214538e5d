import * as l10n from '@vscode/l10n';
import path from 'node:path';
import type { Command } from 'commander';
import { counted } from '../base/counts.ts';
import { readRunParameters, writeParameters } from '../engine/runs/runParameters.ts';
import { findRun } from './runFolder.ts';
import type { Terminal } from './terminal.ts';

/** Adds `export` to the program. */
export function addExport(program: Command, terminal: Terminal): void {
  program
    .command('export')
    .description(
      l10n.t("write a run's parameters, by PyTorch's names, as they are at its last checkpoint"),
    )
    .argument('<run>', l10n.t('id or folder of a run'))
    .requiredOption('--safetensors <file>', l10n.t('file to write'))
    .action(async (name: string, { safetensors }: { readonly safetensors: string }) => {
      const parameters = await readRunParameters(await findRun(name));
      await writeParameters(parameters, path.resolve(safetensors));
      const { step, tensors } = parameters;
      terminal.print(
        l10n.t(
          '{0} holds {1} after {2}',
          safetensors,
          counted.tensors(tensors.length),
          counted.steps(step),
        ),
      );
    });
}

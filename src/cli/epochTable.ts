import * as l10n from '@vscode/l10n';
import type { EpochEvent } from '../protocol/engine.ts';
import { formatNumber } from './numbers.ts';
import { tableLines } from './table.ts';

function titles(): readonly string[] {
  return [
    l10n.t('epoch'),
    l10n.t('steps'),
    l10n.t('loss'),
    l10n.t('accuracy'),
    l10n.t('validation loss'),
    l10n.t('validation accuracy'),
  ];
}

/** Lines of the table of epochs, titles first. Columns that no epoch has are left out. */
export function epochTable(epochs: readonly EpochEvent[]): readonly string[] {
  const rows = epochs.map((epoch) => {
    const { loss, accuracy, validationLoss, validationAccuracy } = epoch;
    return [
      String(epoch.epoch),
      String(epoch.step),
      // As wide as losses get, so that the rows of a table that grows stay under each other.
      formatNumber(loss).padStart(8),
      formatShare(accuracy),
      validationLoss === undefined ? '' : formatNumber(validationLoss),
      formatShare(validationAccuracy),
    ];
  });
  const shown = titles().flatMap((title, index) =>
    rows.some((row) => row[index] !== '') ? [{ title, index }] : [],
  );
  return tableLines(
    shown.map(({ title }) => ({ title, align: 'right' as const })),
    rows.map((row) => shown.map(({ index }) => row[index] ?? '')),
  );
}

/** `97.83 %`; nothing where there is no share. */
export function formatShare(share: number | undefined): string {
  return share === undefined ? '' : `${(100 * share).toFixed(2)} %`;
}

import * as l10n from '@vscode/l10n';

/** A count for people: `804,096`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

type Counted = (count: number) => string;

/** How many of something, in the language of the reader, for the place of a number and its noun: `1 step`, `12,000 steps`. */
export const counted = {
  bytes: (n) => (n === 1 ? l10n.t('1 byte') : l10n.t('{0} bytes', formatCount(n))),
  channels: (n) => (n === 1 ? l10n.t('1 channel') : l10n.t('{0} channels', formatCount(n))),
  characters: (n) => (n === 1 ? l10n.t('1 character') : l10n.t('{0} characters', formatCount(n))),
  classes: (n) => (n === 1 ? l10n.t('1 class') : l10n.t('{0} classes', formatCount(n))),
  elements: (n) => (n === 1 ? l10n.t('1 element') : l10n.t('{0} elements', formatCount(n))),
  labels: (n) => (n === 1 ? l10n.t('1 label') : l10n.t('{0} labels', formatCount(n))),
  norms: (n) => (n === 1 ? l10n.t('1 norm') : l10n.t('{0} norms', formatCount(n))),
  numbers: (n) => (n === 1 ? l10n.t('1 number') : l10n.t('{0} numbers', formatCount(n))),
  parameters: (n) => (n === 1 ? l10n.t('1 parameter') : l10n.t('{0} parameters', formatCount(n))),
  residuals: (n) => (n === 1 ? l10n.t('1 residual') : l10n.t('{0} residuals', formatCount(n))),
  samples: (n) => (n === 1 ? l10n.t('1 sample') : l10n.t('{0} samples', formatCount(n))),
  steps: (n) => (n === 1 ? l10n.t('1 step') : l10n.t('{0} steps', formatCount(n))),
  tensors: (n) => (n === 1 ? l10n.t('1 tensor') : l10n.t('{0} tensors', formatCount(n))),
  threads: (n) => (n === 1 ? l10n.t('1 thread') : l10n.t('{0} threads', formatCount(n))),
} as const satisfies Readonly<Record<string, Counted>>;

import { layerCases } from './layerDiagnostics.ts';
import { lintCases } from './lintDiagnostics.ts';
import { pictureCases } from './pictureDiagnostics.ts';
import type { DiagnosticCase } from './texts.ts';
import { textCases } from './textDiagnostics.ts';

/** Texts with one mistake each: at least one of every code that a text alone can lead to. */
export const diagnosticCases: readonly DiagnosticCase[] = [
  ...textCases,
  ...layerCases,
  ...pictureCases,
  ...lintCases,
];

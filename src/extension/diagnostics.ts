import * as vscode from 'vscode';
import type { FileDiagnostic } from '../engine/checkFile.ts';
import type { Range } from '../language/syntax/tree.ts';

/** A range of the language (from 1) as an editor counts (from 0). */
export function toRange({ start, end }: Range): vscode.Range {
  return new vscode.Range(start.line - 1, start.column - 1, end.line - 1, end.column - 1);
}

/** A problem of a model file as the editor underlines and lists it. */
export function toDiagnostic({
  code,
  severity,
  message,
  range,
}: FileDiagnostic): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(
    toRange(range),
    message,
    severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning,
  );
  diagnostic.source = 'Normscope';
  diagnostic.code = code;
  return diagnostic;
}

import * as vscode from 'vscode';
import { allowedRoots } from './configuration.ts';
import type { CheckRequest } from './languageMethods.ts';

/** A document as the worker gets it: with its data where the workspace is trusted. */
export function checkRequest(document: vscode.TextDocument): CheckRequest {
  return {
    text: document.getText(),
    ...(document.uri.scheme === 'file' && { modelPath: document.uri.fsPath }),
    allowedRoots: allowedRoots(),
    readData: vscode.workspace.isTrusted,
  };
}

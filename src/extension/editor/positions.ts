import type * as vscode from 'vscode';
import type { Position } from '../../language/syntax/tree.ts';
import { checkRequest } from '../checkRequest.ts';
import type { PlaceRequest } from '../editorRequests.ts';

/** A position of an editor (from 0) as the language counts (from 1). */
export function toPosition({ line, character }: vscode.Position): Position {
  return { line: line + 1, column: character + 1 };
}

/** A position of a document as the worker gets it. */
export function placeRequest(
  document: vscode.TextDocument,
  position: vscode.Position,
): PlaceRequest {
  return { ...checkRequest(document), position: toPosition(position) };
}

import type { Completion } from '../language/edit/complete.ts';
import type { Hover } from '../language/edit/hover.ts';
import type { Position } from '../language/syntax/tree.ts';
import type { CheckRequest, LanguageMethods } from './languageMethods.ts';

/** A place of a model file, which may be half typed. */
export interface PlaceRequest extends CheckRequest {
  readonly position: Position;
}

/** What an editor asks about a model file. */
export interface EditorMethods {
  complete(request: PlaceRequest): readonly Completion[];
  hover(request: PlaceRequest): Hover | undefined;
}

/** Everything that the worker thread answers. */
export interface WorkerMethods extends LanguageMethods, EditorMethods {}

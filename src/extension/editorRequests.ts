import type { FileDiagnostic } from '../engine/checkFile.ts';
import type { Completion } from '../language/edit/complete.ts';
import type { Fold } from '../language/edit/folding.ts';
import type { Formatting, Lines } from '../language/edit/format/format.ts';
import type { Hover } from '../language/edit/hover.ts';
import type { Inlay } from '../language/edit/inlays.ts';
import type { NamedThing } from '../language/edit/occurrences.ts';
import type { Renaming } from '../language/edit/rename.ts';
import type { ModelSymbol } from '../language/edit/symbols.ts';
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
  /** The first samples of the data that a position names. */
  preview(request: PlaceRequest): Hover | undefined;
  folds(request: CheckRequest): readonly Fold[];
  /** The whole file, or some of its lines. */
  format(request: CheckRequest & { readonly lines?: Lines }): Formatting;
  symbols(request: CheckRequest): readonly ModelSymbol[];
  /** What a position means, and everywhere that it is meant. */
  thing(request: PlaceRequest): NamedThing | undefined;
  rename(request: PlaceRequest & { readonly name: string }): Renaming;
  /** Those of the lines `first` to `last`, from 1: what is in sight. */
  inlays(
    request: CheckRequest & { readonly first: number; readonly last: number },
  ): readonly Inlay[];
  /** What is wrong between the lines `first` and `last`, from 1, with its fixes. */
  problems(
    request: CheckRequest & { readonly first: number; readonly last: number },
  ): readonly FileDiagnostic[];
}

/** Everything that the worker thread answers. */
export interface WorkerMethods extends LanguageMethods, EditorMethods {}

import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifetime.ts';
import type { LanguageClient } from '../languageClient.ts';
import { modelLanguage } from '../models.ts';
import { ModelCompletions } from './completions.ts';
import { ModelFixes } from './fixes.ts';
import { ModelFolds } from './folds.ts';
import { ModelFormats } from './formats.ts';
import { ModelHovers } from './hovers.ts';
import { ModelInlays } from './inlays.ts';
import { ModelOccurrences } from './occurrences.ts';
import { ModelSymbols } from './symbols.ts';

/** Where model files are. Not among them: the input of a breakpoint's condition, which has the language of the file it is for. */
const schemes = ['file', 'untitled', 'vscode-remote', 'vscode-vfs'];

/** Registers everything that an editor of model files offers; `client` answers on its own thread. */
export function registerEditor(client: LanguageClient): Disposable {
  const { languages } = vscode;
  const selector = schemes.map((scheme) => ({ scheme, language: modelLanguage }));
  const store = new DisposableStore();
  const completions = new ModelCompletions(client);
  store.add(languages.registerCompletionItemProvider(selector, completions, ' ', '{', '[', ':'));
  store.add(languages.registerHoverProvider(selector, new ModelHovers(client, 'hover')));
  store.add(languages.registerHoverProvider(selector, new ModelHovers(client, 'preview')));
  store.add(languages.registerDocumentSymbolProvider(selector, new ModelSymbols(client)));
  store.add(languages.registerFoldingRangeProvider(selector, new ModelFolds(client)));
  const formats = new ModelFormats(client);
  store.add(languages.registerDocumentFormattingEditProvider(selector, formats));
  store.add(languages.registerDocumentRangeFormattingEditProvider(selector, formats));
  const occurrences = new ModelOccurrences(client);
  store.add(languages.registerDefinitionProvider(selector, occurrences));
  store.add(languages.registerReferenceProvider(selector, occurrences));
  store.add(languages.registerRenameProvider(selector, occurrences));
  const inlays = store.add(new ModelInlays(client));
  store.add(languages.registerInlayHintsProvider(selector, inlays));
  const providedCodeActionKinds = [vscode.CodeActionKind.QuickFix];
  const fixes = new ModelFixes(client);
  store.add(languages.registerCodeActionsProvider(selector, fixes, { providedCodeActionKinds }));
  return store;
}

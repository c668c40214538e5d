import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifetime.ts';
import type { LanguageClient } from '../languageClient.ts';
import { modelLanguage } from '../models.ts';
import { ModelCompletions } from './completions.ts';
import { ModelHovers } from './hovers.ts';

/** Registers everything that an editor of model files offers; `client` answers on its own thread. */
export function registerEditor(client: LanguageClient): Disposable {
  const { languages } = vscode;
  const selector = { language: modelLanguage };
  const store = new DisposableStore();
  const completions = new ModelCompletions(client);
  store.add(languages.registerCompletionItemProvider(selector, completions, ' ', '{', '[', ':'));
  store.add(languages.registerHoverProvider(selector, new ModelHovers(client)));
  return store;
}

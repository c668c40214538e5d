import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { toRange } from '../diagnostics.ts';
import type { LanguageClient } from '../languageClient.ts';
import { placeRequest } from './positions.ts';

/** Definition, references and renaming of values of let, defines and names of layers. */
export class ModelOccurrences
  implements vscode.DefinitionProvider, vscode.ReferenceProvider, vscode.RenameProvider
{
  private readonly client: LanguageClient;

  constructor(client: LanguageClient) {
    this.client = client;
  }

  async provideDefinition(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Location | undefined> {
    const thing = await this.client.ask('thing', placeRequest(document, position), token);
    return thing && new vscode.Location(document.uri, toRange(thing.definition));
  }

  async provideReferences(
    document: vscode.TextDocument,
    position: vscode.Position,
    { includeDeclaration }: vscode.ReferenceContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.Location[]> {
    const thing = await this.client.ask('thing', placeRequest(document, position), token);
    if (thing === undefined) return [];
    const { definition, references } = thing;
    const ranges = includeDeclaration ? [definition, ...references] : references;
    return ranges.map((range) => new vscode.Location(document.uri, toRange(range)));
  }

  /** @throws Error saying why it cannot be renamed; the editor shows it */
  async prepareRename(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<{ readonly range: vscode.Range; readonly placeholder: string }> {
    const thing = await this.client.ask('thing', placeRequest(document, position), token);
    const place =
      thing &&
      [thing.definition, ...thing.references].map(toRange).find((one) => one.contains(position));
    if (thing && place) return { range: place, placeholder: thing.name };
    throw new Error(l10n.t('Only values of let, defines and names of layers can be renamed.'));
  }

  /** @throws Error saying why it cannot get this name; the editor shows it */
  async provideRenameEdits(
    document: vscode.TextDocument,
    position: vscode.Position,
    name: string,
    token: vscode.CancellationToken,
  ): Promise<vscode.WorkspaceEdit | undefined> {
    const request = { ...placeRequest(document, position), name };
    const renaming = await this.client.ask('rename', request, token);
    if (renaming === undefined) return undefined;
    if (renaming.kind === 'refused') throw new Error(renaming.reason);
    const edit = new vscode.WorkspaceEdit();
    for (const { range, text } of renaming.edits) edit.replace(document.uri, toRange(range), text);
    return edit;
  }
}

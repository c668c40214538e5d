import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { NormscopeApi } from '../../src/extension/main.ts';
import { diagnosticCodes } from '../../src/language/syntax/codes.ts';
import { fixCases, withoutFix } from '../language/edit/fixCases.ts';
import { activate, closeEditors, openFile, setText, writeFile } from './support.ts';

/** A book of the 65 characters that the cases' vocabulary has. */
const book = Array.from({ length: 65 }, (_, index) => String.fromCharCode(48 + index))
  .join('')
  .repeat(40);

describe('quick fixes of model files, each taken in the editor', () => {
  let api: NormscopeApi;
  let editor: vscode.TextEditor;

  before(async () => {
    api = await activate();
    await writeFile('none.txt', book);
    editor = await openFile('mistakes.model.yaml', '');
  });
  after(closeEditors);

  async function problems(): Promise<readonly vscode.Diagnostic[]> {
    const { uri } = editor.document;
    await api.models.checked(uri);
    return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Normscope');
  }

  async function isGone(code: string): Promise<boolean> {
    const left = await problems();
    const isError = ({ severity }: vscode.Diagnostic): boolean =>
      severity === vscode.DiagnosticSeverity.Error;
    return !left.some((one) => one.code === code || isError(one));
  }

  /** Takes the first fix that is offered where a problem is. */
  async function takeFix({ range }: vscode.Diagnostic): Promise<boolean> {
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      editor.document.uri,
      range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const edit = actions[0]?.edit;
    return edit !== undefined && vscode.workspace.applyEdit(edit);
  }

  for (const code of Object.keys(diagnosticCodes)) {
    if (code in withoutFix) continue;
    it(`${code} is put right, and the model can be trained`, async () => {
      const tried: string[] = [];
      for (const [, text] of fixCases.filter(([one]) => one === code)) {
        await setText(editor, text);
        const problem = (await problems()).find((one) => one.code === code);
        if (problem === undefined || !(await takeFix(problem))) continue;
        if (await isGone(code)) return;
        tried.push(editor.document.getText());
      }
      assert.fail(`no fix puts it right; tried: ${tried.join('\n---\n')}`);
    });
  }
});

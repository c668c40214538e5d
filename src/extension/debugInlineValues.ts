import * as vscode from 'vscode';
import type { InlineText } from '../debugger/inlineValues.ts';
import { debugType } from './debugSession.ts';

/** Mean and variance, gradient norms or update ratios at the ends of the lines of layers, while the training stands still. */
export class InlineValues implements vscode.InlineValuesProvider {
  async provideInlineValues(
    document: vscode.TextDocument,
    viewPort: vscode.Range,
    { frameId }: vscode.InlineValueContext,
  ): Promise<vscode.InlineValue[]> {
    const session = vscode.debug.activeDebugSession;
    if (session?.type !== debugType || !isModelOf(session, document)) return [];
    const { texts } = (await session.customRequest('normscope/inlineValues', {
      frameId,
      first: viewPort.start.line + 1,
      last: viewPort.end.line + 1,
    })) as { readonly texts: readonly InlineText[] };
    return texts
      .filter(({ line }) => line <= document.lineCount)
      .map(({ line, text }) => {
        const { range } = document.lineAt(line - 1);
        return new vscode.InlineValueText(range, text);
      });
  }
}

/** Hovering a layer shows its output, of the instance that is nearest to the selected frame. */
export class LayerExpressions implements vscode.EvaluatableExpressionProvider {
  private readonly pathAt: (document: vscode.TextDocument, line: number) => string | null;

  /** `pathAt`: the layer of a line, from 1. */
  constructor(pathAt: (document: vscode.TextDocument, line: number) => string | null) {
    this.pathAt = pathAt;
  }

  provideEvaluatableExpression(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): vscode.EvaluatableExpression | undefined {
    const range = document.getWordRangeAtPosition(position, /[A-Z]\w*/);
    const path = this.pathAt(document, position.line + 1);
    if (range === undefined || path === null) return undefined;
    return new vscode.EvaluatableExpression(range, `${path}.out`);
  }
}

function isModelOf({ configuration }: vscode.DebugSession, document: vscode.TextDocument): boolean {
  const program: unknown = configuration['program'];
  return typeof program !== 'string' || program === document.uri.fsPath;
}

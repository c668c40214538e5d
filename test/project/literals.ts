import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Three words in a row, one of them in small letters: a sentence, not a code, a name or a path. `{}` is what is put in. */
const prose =
  /([A-Za-z]{2,}|\{\})[’'”"`),;:.!?]* ["“‘'(`]?[a-z]{2,}[’'”"`),;:.!?]* ["“‘'(`]?([A-Za-z]{2,}|\{\})/;
/** Calls whose text no user of the product reads: programming errors and the log. */
const silent =
  /^(l10n\.t|super|Error|TypeError|RangeError|runtimeError|assert|(this\.)?log\.\w+|process\.stderr\.write)$/;
/** Style sheets and shapes. */
const noProse = /^((color-mix|linear-gradient)\(|\[[\w, ]+\]$)/;
/** What HTML says outside of tags, and in the attributes that are read aloud or shown. */
const spoken = />([^<>]*)<|(?:title|aria-label|placeholder|alt)="([^"]*)"/g;

export interface Literal {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Text of a literal with `{}` for what is put in; of HTML only what people see. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
    return isMarkup(node.parent) ? seen(node.text) : node.text;
  }
  if (!ts.isTemplateExpression(node)) return undefined;
  const text = node.head.text + node.templateSpans.map((span) => `{}${span.literal.text}`).join('');
  return isMarkup(node.parent) ? seen(text) : text;
}

function isMarkup(node: ts.Node): boolean {
  return ts.isTaggedTemplateExpression(node) && /^(html|svg)$/.test(node.tag.getText());
}

function seen(markup: string): string {
  const parts = [...`>${markup}<`.matchAll(spoken)].map(([, text, value]) => text ?? value ?? '');
  return parts.join('').replaceAll('{}', ' ').trim();
}

function reads(text: string, ofMarkup: boolean): boolean {
  return (ofMarkup ? /[a-z]{3,}/ : prose).test(text) && !noProse.test(text);
}

function isSilent(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node))
    return true;
  // Formulas are the same in every language.
  if (ts.isPropertyAssignment(node)) return node.name.getText() === 'formula';
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
  // Bugs of ours are reported as they are.
  if (node.arguments?.[0]?.getText() === "'internal'") return true;
  return silent.test(node.expression.getText());
}

/** Literals of a source that read like sentences and are not given to `l10n.t`. */
export function proseIn(file: string): readonly Literal[] {
  const text = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Literal[] = [];
  const visit = (node: ts.Node): void => {
    if (isSilent(node)) return;
    const literal = textOf(node);
    if (literal !== undefined && reads(literal, isMarkup(node.parent))) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ line: line + 1, text: literal });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

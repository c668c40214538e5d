import * as l10n from '@vscode/l10n';
import { Parser } from 'yaml';
import type { TextEdit } from '../../syntax/diagnostic.ts';
import { readModelText } from '../../syntax/parsed.ts';
import type { SyntaxNode } from '../../syntax/tree.ts';
import { leavesOf, type Leaf } from './leaves.ts';
import { layOut } from './lines.ts';

/** What formatting changes, or why it leaves a text alone. */
export type Formatting =
  | { readonly kind: 'edits'; readonly edits: readonly TextEdit[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** Lines of a text, from 1, both included. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}

/**
 * Lays out a model file, or some lines of it: two spaces for each level, one space where one belongs, no two blank lines in
 * a row, none at the end. Words, line breaks and comments stay. A text with mistakes of YAML is left alone, as is one whose meaning
 * would change. Never throws.
 */
export function format(text: string, wanted: Lines = { first: 1, last: Infinity }): Formatting {
  const before = meaningOf(text);
  if (before === undefined) {
    return refused(l10n.t('The file is not formatted: correct what is no valid YAML first.'));
  }
  const leaves = [...leavesOf(new Parser().parse(text))];
  if (leaves.some(({ type }) => type === 'block-scalar' || type === 'other')) {
    return refused(l10n.t('The file is not formatted: it holds a text block or a directive.'));
  }
  const edits = editsOf(text, leaves, wanted);
  const after = applied(text, edits);
  if (meaningOf(after) !== before || commentsOf(after) !== commentsOf(text)) {
    return refused(l10n.t('The lines are not formatted: their meaning would change.'));
  }
  return { kind: 'edits', edits };
}

function refused(reason: string): Formatting {
  return { kind: 'refused', reason };
}

/** Whole lines that change, from the first to the last. */
function editsOf(text: string, leaves: readonly Leaf[], { first, last }: Lines): TextEdit[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const edits: TextEdit[] = [];
  const formatted = layOut(leaves);
  const end = formatted.findLastIndex((one) => one.text !== '');
  let isBlank = true;
  for (const { line, text: wanted } of formatted) {
    const was = lines[line - 1] ?? '';
    const isSurplus = wanted === '' && (isBlank || line > end + 1);
    isBlank = wanted === '';
    if (line < first || line > last || (isSurplus && line === lines.length && was === '')) continue;
    const start = { line, column: 1 };
    if (isSurplus && line < lines.length) {
      edits.push({ range: { start, end: { line: line + 1, column: 1 } }, text: '' });
    } else if (was !== wanted) {
      edits.push({ range: { start, end: { line, column: was.length + 1 } }, text: wanted });
    }
  }
  const isOpen = lines.at(-1) !== '' && end + 1 === lines.length && last >= lines.length;
  if (!isOpen) return edits;
  const place = { line: lines.length, column: lines.at(-1).length + 1 };
  return [...edits, { range: { start: place, end: place }, text: '\n' }];
}

/** The text after edits of whole lines, in order. */
function applied(text: string, edits: readonly TextEdit[]): string {
  const starts: (number | undefined)[] = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const offset = (line: number, column: number): number =>
    (starts[line - 1] ?? text.length) + column - 1;
  let done = 0;
  let result = '';
  for (const { range, text: added } of edits) {
    result += text.slice(done, offset(range.start.line, range.start.column)) + added;
    done = offset(range.end.line, range.end.column);
  }
  return result + text.slice(done);
}

/** What a text says, without the places; undefined where something is wrong with its YAML. */
function meaningOf(text: string): string | undefined {
  const codes: string[] = [];
  const root = readModelText(text, [], (code) => codes.push(code));
  return root === undefined || codes.length > 0 ? undefined : JSON.stringify(plain(root));
}

function plain(node: SyntaxNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return [node.value, node.text];
    case 'list':
      return node.items.map(plain);
    case 'map':
      return { entries: node.entries.map(({ key, value }) => [key, plain(value)]) };
  }
}

function commentsOf(text: string): string {
  return [...leavesOf(new Parser().parse(text))]
    .filter(({ type }) => type === 'comment')
    .map(({ source }) => source.trimEnd())
    .join('\n');
}

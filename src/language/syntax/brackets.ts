/** What is open at the end of a text. */
export interface OpenState {
  /** Closing brackets that are missing, the innermost first. */
  readonly missing: string;
  readonly inComment: boolean;
  readonly inQuotes: boolean;
}

interface Frame {
  readonly close: ']' | '}';
  readonly indentation: number;
}

/** What a quote or a bracket must follow to open something. */
const openers = new Set(' \t\r\n[{,:');

/** Follows brackets, quotes and comments of YAML through a text, so far as the flow style of model files needs it. */
class Scanner {
  readonly frames: Frame[] = [];
  quote = '';
  inComment = false;
  /** Where what is written on the line ends: after its last character that is no blank and in no comment. */
  contentEnd = 0;
  private before = '\n';
  private indentation = 0;
  private isIndenting = true;

  /** Takes the character at `index`. */
  take(character: string, index: number): void {
    if (character === '\n') this.beginLine();
    else if (!this.inComment) this.takeOnLine(character, index);
    this.before = character;
  }

  private beginLine(): void {
    this.inComment = false;
    this.isIndenting = true;
    this.indentation = 0;
  }

  private takeOnLine(character: string, index: number): void {
    const isBlank = character === ' ' || character === '\t' || character === '\r';
    if (this.isIndenting) {
      if (isBlank) this.indentation++;
      else this.isIndenting = false;
    }
    if (isBlank) return;
    if (this.quote === '' && character === '#' && /\s/.test(this.before)) {
      this.inComment = true;
      return;
    }
    this.contentEnd = index + 1;
    if (this.quote !== '') {
      if (character === this.quote && this.before !== '\\') this.quote = '';
      return;
    }
    switch (character) {
      case '"':
      case "'":
        if (openers.has(this.before)) this.quote = character;
        break;
      case '[':
      case '{':
        if (openers.has(this.before)) this.open(character === '[' ? ']' : '}');
        break;
      case ']':
      case '}':
        if (this.frames[this.frames.length - 1]?.close === character) this.frames.pop();
    }
  }

  private open(close: Frame['close']): void {
    this.frames.push({ close, indentation: this.indentation });
  }
}

function missingOf(frames: readonly Frame[]): string {
  return frames
    .toReversed()
    .map(({ close }) => close)
    .join('');
}

/** What is open where the text ends. */
export function openAtEnd(text: string): OpenState {
  const scanner = scanned(text).scanner;
  const { frames, inComment, quote } = scanner;
  return { missing: missingOf(frames), inComment, inQuotes: quote !== '' };
}

/**
 * The text with the brackets closed that were left open while typing: at the end, and before a line that can only be one of the
 * block style, for it begins a list entry or a key no deeper than the line of the bracket. All lines stay where they are, and all
 * columns up to the brackets that are put in.
 */
export function closeBrackets(text: string): string {
  const { scanner, pieces, done } = scanned(text);
  const missing = missingOf(scanner.frames);
  if (missing === '') return pieces === '' ? text : pieces + text.slice(done);
  const end = Math.max(scanner.contentEnd, done);
  return `${pieces}${text.slice(done, end)} ${missing}${text.slice(end)}`;
}

function scanned(text: string): {
  readonly scanner: Scanner;
  /** The text up to `done`, with what was put in. */
  readonly pieces: string;
  readonly done: number;
} {
  let scanner = new Scanner();
  let pieces = '';
  let done = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    const outer = scanner.frames[0];
    if (character === '\n' && outer && isBlockLine(text, index + 1, outer.indentation)) {
      const end = scanner.contentEnd;
      pieces += `${text.slice(done, end)} ${missingOf(scanner.frames)}`;
      done = end;
      scanner = new Scanner();
    }
    scanner.take(character, index);
    // Most lines have no bracket and no quote: on to the break before the next that has, or before the last.
    if (character === '\n' && scanner.frames.length === 0) {
      index = text.lastIndexOf('\n', nextMark(text, index + 1) - 1);
    }
  }
  return { scanner, pieces, done };
}

const mark = /["'[{]/g;

/** Where the next quote or opening bracket is; the end of the text when there is none. */
function nextMark(text: string, start: number): number {
  mark.lastIndex = start;
  return mark.exec(text)?.index ?? text.length;
}

const blockLine = /( *)(?:- |-$|[A-Za-z_][\w.-]*:(?: |$))/my;

function isBlockLine(text: string, start: number, indentation: number): boolean {
  blockLine.lastIndex = start;
  const match = blockLine.exec(text);
  return match?.[1] !== undefined && match[1].length <= indentation;
}

function indentationOf(line: string): number {
  return /^\s*/.exec(line)?.[0].length ?? 0;
}

/**
 * The line on which the layer begins that a line of the model file belongs to: this line itself, or the nearest above that is
 * indented less. Undefined for a line without text, and where no layer begins above it.
 * @param lines the text of the file
 * @param line from 1
 * @param begins whether a layer begins on a line, from 1
 */
export function owningLine(
  lines: readonly string[],
  line: number,
  begins: (line: number) => boolean,
): number | undefined {
  const text = lines[line - 1] ?? '';
  if (text.trim() === '') return undefined;
  let indentation = indentationOf(text) + 1;
  for (let at = line; at >= 1 && indentation > 0; at--) {
    const above = lines[at - 1] ?? '';
    if (above.trim() === '' || indentationOf(above) >= indentation) continue;
    indentation = indentationOf(above);
    if (begins(at)) return at;
  }
  return undefined;
}

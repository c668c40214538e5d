import { Composer, Parser, YAMLParseError, type CST, type Document, type LineCounter } from 'yaml';

/** Levels of tokens that are followed; a map in a list is two. */
const deepestToken = 200;

/**
 * Parses one YAML document, with all its errors; undefined when it nests too deeply. `lines` gets to know where lines begin.
 *
 * This takes two steps, because the second one calls itself for each level: far enough down it does not only run out of stack,
 * which could be caught, but makes the process abort.
 */
export function parseYaml(text: string, lines?: LineCounter): Document.Parsed | undefined {
  const tokens = [...new Parser(lines?.addNewLine).parse(text)];
  if (tokens.some((token) => depthOf(token) > deepestToken)) return undefined;
  // Key uniqueness is checked while converting: the composer's own check is quadratic.
  const options = { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const;
  const documents = new Composer(options).compose(tokens, true, text.length);
  const [document, second] = [...documents];
  if (document === undefined) throw new Error('the composer makes at least one document');
  if (second?.range) {
    const [start] = second.range;
    const message = 'a model file is one YAML document: remove the line ---';
    document.errors.push(new YAMLParseError([start, start + 1], 'MULTIPLE_DOCS', message));
  }
  return document;
}

/** How deep a token nests; counted without recursion. */
function depthOf(token: CST.Token): number {
  let deepest = 0;
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token: inner, depth } = next;
    deepest = Math.max(deepest, depth);
    if (inner.type === 'document' && inner.value) open.push({ token: inner.value, depth });
    if (!('items' in inner)) continue;
    for (const { key, value } of inner.items) {
      if (key) open.push({ token: key, depth: depth + 1 });
      if (value) open.push({ token: value, depth: depth + 1 });
    }
  }
  return deepest;
}

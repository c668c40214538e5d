import { type CST } from 'yaml';

/** A token of YAML as it stands in the text, and where it belongs if a line begins with it. */
export interface Leaf {
  readonly type: CST.SourceToken['type'] | CST.FlowScalar['type'] | 'block-scalar' | 'other';
  readonly source: string;
  /** Number of spaces before it at the start of a line. */
  readonly indent: number;
  /** Inside of brackets. */
  readonly isFlow: boolean;
}

/** Where the parts of a token belong. */
interface Context {
  readonly indent: number;
  /** Depth of brackets. */
  readonly flow: number;
}

const step = 2;

/** All tokens of a parsed text, in its order: joined they are the text. */
export function* leavesOf(tokens: Iterable<CST.Token>): Generator<Leaf> {
  for (const token of tokens) yield* leaves(token, { indent: 0, flow: 0 });
}

function* leaves(token: CST.Token | null | undefined, context: Context): Generator<Leaf> {
  if (!token) return;
  switch (token.type) {
    case 'document':
      yield* plain(token.start, context);
      yield* leaves(token.value, context);
      yield* plain(token.end ?? [], context);
      return;
    case 'block-map':
      for (const item of token.items) yield* entry(item, context);
      return;
    case 'block-seq':
      for (const item of token.items) {
        yield* plain(item.start, context);
        yield* leaves(item.value, deeper(context));
      }
      return;
    case 'flow-collection':
      yield* flow(token, context);
      return;
    case 'scalar':
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
    case 'alias':
      yield { type: token.type, source: token.source, ...place(context) };
      yield* plain(token.end ?? [], context);
      return;
    case 'block-scalar':
      for (const prop of token.props) yield* leaves(prop, context);
      yield { type: 'block-scalar', source: token.source, ...place(context) };
      return;
    case 'directive':
    case 'doc-end':
    case 'error':
      yield { type: 'other', source: token.source, ...place(context) };
      return;
    default:
      yield { type: token.type, source: token.source, ...place(context) };
  }
}

/** A key and its value. */
function* entry({ start, key, sep, value }: CST.CollectionItem, context: Context): Generator<Leaf> {
  yield* plain(start, context);
  yield* leaves(key, context);
  yield* plain(sep ?? [], context);
  // Brackets close below the key that they open beside.
  const isBeside =
    value?.type === 'flow-collection' && !sep?.some(({ type }) => type === 'newline');
  yield* leaves(value, isBeside ? context : deeper(context));
}

function* flow({ start, items, end }: CST.FlowCollection, context: Context): Generator<Leaf> {
  const inner = { indent: context.indent + step, flow: context.flow + 1 };
  yield* plain([start], context);
  for (const item of items) {
    yield* plain(item.start, inner);
    yield* leaves(item.key, inner);
    yield* plain(item.sep ?? [], inner);
    yield* leaves(item.value, inner);
  }
  yield* plain(end, { ...context, flow: context.flow + 1 });
}

function* plain(tokens: readonly CST.SourceToken[], context: Context): Generator<Leaf> {
  for (const { type, source } of tokens) yield { type, source, ...place(context) };
}

function deeper(context: Context): Context {
  return { ...context, indent: context.indent + step };
}

function place({ indent, flow: depth }: Context): Pick<Leaf, 'indent' | 'isFlow'> {
  return { indent, isFlow: depth > 0 };
}

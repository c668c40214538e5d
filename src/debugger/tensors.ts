import * as l10n from '@vscode/l10n';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { TapInfo } from '../protocol/debug.ts';
import { tensorStatistics, type TensorStatistics } from '../statistics/definitions.ts';
import { formatElement, formatMoments, formatStatistic, formatType } from './format.ts';

export type Elements = Float32Array | Int32Array;

/** A tap, or a part of it: `at` picks one index of each leading axis. */
export interface TensorPart {
  readonly tap: TapInfo;
  readonly at: readonly number[];
}

/** Where elements come from: `count` elements of a tap from `offset` on, in row-major order. */
export type ReadElements = (tap: TapInfo, offset: number, count: number) => Promise<Elements>;

/** What the variables of tensors need from their session. */
export interface TensorContext {
  readonly read: ReadElements;
  /** Text of each token, for a model of text. */
  readonly vocabulary: readonly string[] | undefined;
  /** Whether numbers of this tap are tokens. */
  readonly areTokens: (tap: TapInfo) => boolean;
  /** A reference under which the part's children can be asked for. */
  readonly refer: (part: TensorPart) => number;
}

/** Parts that are larger show no statistics of their own: reading them would hold up the view. */
const largestSummary = 2 ** 20;
const longestText = 200;
/** Children of one request, for a client that does not page. */
const mostChildren = 10_000;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Shape of a part. */
export function shapeOf({ tap, at }: TensorPart): readonly number[] {
  return tap.shape.slice(at.length);
}

/** First element of a part in its tap. */
export function offsetOf({ tap, at }: TensorPart): number {
  return at.reduce((sum, index, axis) => sum + index * sizeOf(tap.shape.slice(axis + 1)), 0);
}

/** A tap's name as expressions take it: in backquotes where it has characters of its own. */
function nameInExpressions({ name }: TapInfo): string {
  return /^[\w.:]+$/.test(name) ? name : `\`${name}\``;
}

/** The expression that names a part, for watches. */
export function expressionOf({ tap, at }: TensorPart): string {
  const name = nameInExpressions(tap);
  return at.length === 0 ? name : `${name}[${at.join(', ')}]`;
}

/** The bytes of a part, as `readMemory` takes them: the tap and its first byte. */
export function memoryReferenceOf(part: TensorPart): string {
  return `${offsetOf(part) * 4}@${part.tap.name}`;
}

/** A tap as a variable: shape and dtype first, then mean and variance. */
export function tensorVariable(
  name: string,
  tap: TapInfo,
  context: TensorContext,
): DebugProtocol.Variable {
  const part = { tap, at: [] };
  const value = `${formatType(tap.dtype, tap.shape)}  ${formatMoments(tap.statistics)}`;
  return {
    ...describe(part, context),
    name,
    value: tap.isKept ? value : l10n.t('{0}  (computed on demand)', value),
  };
}

function describe(
  part: TensorPart,
  { refer }: Pick<TensorContext, 'refer'>,
): Omit<DebugProtocol.Variable, 'name' | 'value'> {
  const shape = shapeOf(part);
  const shared = {
    type: formatType(part.tap.dtype, shape),
    evaluateName: expressionOf(part),
    memoryReference: memoryReferenceOf(part),
  };
  if (shape.length === 0) return { ...shared, variablesReference: 0 };
  return { ...shared, variablesReference: refer(part), indexedVariables: shape[0] ?? 0 };
}

/** Shape, dtype and statistics of a part: what stands before its elements. */
export async function namedChildren(
  part: TensorPart,
  context: TensorContext,
): Promise<readonly DebugProtocol.Variable[]> {
  const shape = shapeOf(part);
  const lines: (readonly [string, string, (string | undefined)?])[] = [
    ['shape', `[${shape.join(', ')}]`],
    ['dtype', part.tap.dtype],
  ];
  const statistics = await statisticsOf(part, context);
  if (statistics) {
    const whole = part.at.length === 0;
    const stands = (name: string): string | undefined =>
      whole ? `${name}(${nameInExpressions(part.tap)})` : undefined;
    for (const [name, value] of [
      ['mean', statistics.mean],
      ['var', statistics.var],
      ['min', statistics.min],
      ['max', statistics.max],
    ] as const) {
      lines.push([name, formatStatistic(value), stands(name)]);
    }
    lines.push(['non-finite', String(statistics.nonFinite)]);
    if (whole) lines.push(['kurtosis', formatStatistic(statistics.kurtosis)]);
  }
  const text = await decode(part, context);
  if (text !== undefined) lines.push(['text', JSON.stringify(text)]);
  return lines.map(([name, value, evaluateName]) => ({
    name,
    value,
    variablesReference: 0,
    presentationHint: { kind: 'property', attributes: ['readOnly'] },
    ...(evaluateName !== undefined && { evaluateName }),
  }));
}

/** Elements of a vector, or parts of a larger part, from `start` on. */
export async function indexedChildren(
  part: TensorPart,
  context: TensorContext,
  start = 0,
  count = 0,
): Promise<readonly DebugProtocol.Variable[]> {
  const [length = 0, ...inner] = shapeOf(part);
  const first = Math.min(Math.max(0, start), length);
  const most = count > 0 ? count : mostChildren;
  const number = Math.min(length - first, most);
  if (number <= 0) return [];
  const size = sizeOf(inner);
  const isSmall = number * size <= largestSummary;
  const data = isSmall
    ? await context.read(part.tap, offsetOf(part) + first * size, number * size)
    : undefined;
  return Array.from({ length: number }, (_, at) => {
    const child = { tap: part.tap, at: [...part.at, first + at] };
    const own = data?.subarray(at * size, (at + 1) * size);
    return {
      ...describe(child, context),
      name: `[${first + at}]`,
      value: valueOf(child, own, context),
    };
  });
}

function valueOf(part: TensorPart, data: Elements | undefined, context: TensorContext): string {
  const shape = shapeOf(part);
  const tokens = data && textOf(part, data, context);
  if (shape.length === 0 && data) {
    const number = formatElement(data[0] ?? NaN);
    return tokens === undefined ? number : `${number} ${JSON.stringify(tokens)}`;
  }
  const sizes = `[${shape.join(', ')}]`;
  if (tokens !== undefined) return `${sizes}  ${JSON.stringify(tokens)}`;
  return data ? `${sizes}  ${formatMoments(tensorStatistics(data))}` : sizes;
}

async function statisticsOf(
  part: TensorPart,
  { read }: TensorContext,
): Promise<TensorStatistics | undefined> {
  if (part.at.length === 0) return part.tap.statistics;
  const size = sizeOf(shapeOf(part));
  if (size > largestSummary) return undefined;
  return tensorStatistics(await read(part.tap, offsetOf(part), size));
}

/** The text of a row of tokens; undefined for anything else. */
async function decode(part: TensorPart, context: TensorContext): Promise<string | undefined> {
  const { vocabulary, areTokens } = context;
  const shape = shapeOf(part);
  if (vocabulary === undefined || shape.length !== 1 || !areTokens(part.tap)) return undefined;
  const data = await context.read(part.tap, offsetOf(part), Math.min(sizeOf(shape), longestText));
  return textOf(part, data, context);
}

function textOf(
  part: TensorPart,
  data: Elements,
  { vocabulary, areTokens }: TensorContext,
): string | undefined {
  if (vocabulary === undefined || shapeOf(part).length > 1 || !areTokens(part.tap)) {
    return undefined;
  }
  const shown = Array.from(data.subarray(0, longestText), (token) => vocabulary[token] ?? '\ufffd');
  return shown.join('') + (data.length > longestText ? '…' : '');
}

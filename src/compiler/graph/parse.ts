import { NormscopeError } from '../../base/errors.ts';
import { GraphBuilder, type ShapeRules } from './builder.ts';
import {
  sizeOf,
  type Attribute,
  type Attributes,
  type DType,
  type Graph,
  type Origin,
  type Port,
  type Shape,
  type Stage,
  type TensorData,
  type TensorType,
  type Value,
} from './types.ts';

const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'int64', 'uint8', 'bool'];
const stages: readonly Stage[] = ['forward', 'loss', 'backward', 'statistics', 'update'];

const patterns = {
  graph: /^graph (\S+)$/,
  input: /^input (\S+) = (%\w+) (\S.*)$/,
  constant: /^constant (%\w+) (\w+\[[^\]]*\]) = (.*)$/,
  output: /^output (\S+) = (%\w+)$/,
  node: /^(%.+?) = (\w+)\(([^;)]*)(?:; ([^)]*))?\)(?: # (\S+)(?: (\S+) (\d+))?)?$/,
  defined: /(%\w+)(?: (\w+\[[^\]]*\]))?/g,
  attribute: /(\w+)=(\[[^\]]*\]|"[^"]*"|\S+)/g,
};

/**
 * Reads what `printGraph` writes. The types of node outputs may be left out, and so may what follows `#`; they are inferred by
 * `rules`. Lines that are empty or start with `#` are passed over. Equal small constants become one, as in the builder.
 *
 * Throws `bad-graph-text`, naming the line, for what it cannot read or where a written type is not the inferred one.
 */
export function parseGraph(text: string, rules: ShapeRules): Graph {
  const reader = new Reader(rules);
  text.split('\n').forEach((line, index) => {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) return;
    try {
      reader.line(content);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw failure(`line ${index + 1}: ${reason}`);
    }
  });
  return reader.graph();
}

function failure(message: string): NormscopeError {
  return new NormscopeError('internal', 'bad-graph-text', message);
}

class Reader {
  private readonly g: GraphBuilder;
  private readonly values = new Map<string, Value>();
  private readonly outputs: Port[] = [];
  private name = 'graph';

  constructor(rules: ShapeRules) {
    this.g = new GraphBuilder(rules);
  }

  graph(): Graph {
    return this.g.build(this.name, this.outputs);
  }

  line(line: string): void {
    const match = (pattern: RegExp): string[] | undefined =>
      pattern.exec(line)?.map((group: string | undefined) => group ?? '');
    const graph = match(patterns.graph);
    if (graph) {
      this.name = graph[1] ?? '';
      return;
    }
    const input = match(patterns.input);
    if (input) {
      const [, name = '', key = '', type = ''] = input;
      const { dtype, shape } = parseType(type);
      this.define(key, this.g.input(name, dtype, shape));
      return;
    }
    const constant = match(patterns.constant);
    if (constant) {
      const [, key = '', type = '', data = ''] = constant;
      const { dtype, shape } = parseType(type);
      this.define(key, this.g.constant(dtype, shape, parseData(data, dtype, shape)));
      return;
    }
    const output = match(patterns.output);
    if (output) {
      const [, name = '', key = ''] = output;
      this.outputs.push({ name, value: this.use(key) });
      return;
    }
    const node = match(patterns.node);
    if (!node) throw failure(`cannot read '${line}'`);
    this.node(node);
  }

  private node(groups: readonly string[]): void {
    const [, left = '', op = '', inputs = '', attributes = '', ...origin] = groups;
    const sources =
      inputs.trim() === '' ? [] : inputs.split(',').map((key) => this.use(key.trim()));
    const outputs = this.g.within(parseOrigin(origin), () =>
      this.g.node(op, sources, parseAttributes(attributes)),
    );
    const defined = [...left.matchAll(patterns.defined)];
    if (defined.length !== outputs.length) {
      throw failure(`${op} has ${outputs.length} outputs, not ${defined.length}`);
    }
    outputs.forEach((output, index) => {
      const [, key = '', written] = defined[index] ?? [];
      const inferred = `${output.dtype}[${output.shape.join(', ')}]`;
      if (written !== undefined && written !== inferred) {
        throw failure(`${key} is ${inferred}, not ${written}`);
      }
      this.define(key, output);
    });
  }

  private define(key: string, value: Value): void {
    if (this.values.has(key)) throw failure(`${key} is defined twice`);
    this.values.set(key, value);
  }

  private use(key: string): Value {
    const value = this.values.get(key);
    if (value === undefined) throw failure(`${key} is not defined`);
    return value;
  }
}

function parseType(text: string): TensorType {
  const [, name = '', sizes = ''] = /^(\w+)\[([^\]]*)\]$/.exec(text) ?? [];
  const dtype = dtypes.find((candidate) => candidate === name);
  const shape = sizes.trim() === '' ? [] : sizes.split(',').map(Number);
  if (dtype === undefined || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw failure(`'${text}' is no type`);
  }
  return { dtype, shape };
}

function parseOrigin([stage = '', path = '', line = '0']: readonly string[]): Origin {
  const known = stages.find((candidate) => candidate === stage);
  if (known === undefined && stage !== '') throw failure(`'${stage}' is no stage`);
  return { stage: known ?? 'forward', path, line: Number(line) };
}

function parseAttributes(text: string): Attributes {
  const entries = [...text.matchAll(patterns.attribute)].map(
    ([, name = '', value = '']): [string, Attribute] => [name, parseAttribute(value)],
  );
  return Object.fromEntries(entries);
}

function parseAttribute(text: string): Attribute {
  if (text.startsWith('"')) return text.slice(1, -1);
  if (!text.startsWith('[')) return parseNumber(text);
  const inner = text.slice(1, -1).trim();
  return inner === '' ? [] : inner.split(',').map((part) => parseNumber(part.trim()));
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text === '' || (Number.isNaN(value) && text !== 'NaN'))
    throw failure(`'${text}' is no number`);
  return value;
}

function parseData(text: string, dtype: DType, shape: Shape): TensorData {
  const words = text.split(' ').filter((word) => word !== '');
  const [first, second = ''] = words;
  const size = sizeOf(shape);
  const texts = first === 'fill' ? new Array<string>(size).fill(second) : words;
  if (texts.length !== size) throw failure(`${texts.length} elements for ${size}`);
  switch (dtype) {
    case 'int64':
      return BigInt64Array.from(texts, BigInt);
    case 'float32':
      return Float32Array.from(texts, parseNumber);
    case 'float64':
      return Float64Array.from(texts, parseNumber);
    case 'int32':
      return Int32Array.from(texts, parseNumber);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(texts, parseNumber);
  }
}

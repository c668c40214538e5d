import type { Attribute, Constant, Graph, Node, TensorData, Value } from './types.ts';
import { formatType } from './verify.ts';

/**
 * A graph as text, one line each: inputs, constants, nodes in order, outputs. Values are numbered in the order in which they
 * appear, whatever their ids, so that two graphs which differ in ids only print alike. `parseGraph` reads it back.
 *
 * ```
 * graph train
 * input x = %0 float32[4, 6]
 * constant %1 float32[] = 0.5
 * constant %2 float32[4, 6] = fill 1
 * %3 float32[4, 6] = Mul(%0, %1) # forward blocks.0.norm 12
 * output y = %3
 * ```
 */
export function printGraph(graph: Graph): string {
  const numbers = new Map<Value, number>();
  const number = (value: Value): string => {
    const held = numbers.get(value) ?? numbers.size;
    numbers.set(value, held);
    return `%${held}`;
  };
  const typed = (value: Value): string => `${number(value)} ${formatType(value)}`;
  const lines = [
    `graph ${graph.name}`,
    ...graph.inputs.map(({ name, value }) => `input ${name} = ${typed(value)}`),
    ...graph.constants.map((constant) => `constant ${typed(constant.value)} = ${data(constant)}`),
    ...graph.nodes.map((node) => printNode(node, number, typed)),
    ...graph.outputs.map(({ name, value }) => `output ${name} = ${number(value)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function printNode(
  node: Node,
  number: (value: Value) => string,
  typed: (value: Value) => string,
): string {
  const inputs = node.inputs.map(number).join(', ');
  const attributes = Object.entries(node.attributes)
    .map(([name, value]) => `${name}=${printAttribute(value)}`)
    .join(' ');
  const call = `${node.op}(${[inputs, attributes].filter((part) => part !== '').join('; ')})`;
  const { stage, path, line } = node.origin;
  const origin = path === '' ? stage : `${stage} ${path} ${line}`;
  return `${node.outputs.map(typed).join(', ')} = ${call} # ${origin}`;
}

function printAttribute(value: Attribute): string {
  if (typeof value === 'object') return `[${value.join(',')}]`;
  return typeof value === 'string' ? `"${value}"` : printNumber(value);
}

function data({ value, data: elements }: Constant): string {
  const texts = printElements(elements, value.dtype === 'float32');
  const [first] = texts;
  if (first !== undefined && texts.length > 1 && texts.every((text) => text === first)) {
    return `fill ${first}`;
  }
  return texts.join(' ');
}

function printElements(elements: TensorData, single: boolean): readonly string[] {
  if (elements instanceof BigInt64Array) return Array.from(elements, String);
  return Array.from(elements, single ? printSingle : printNumber);
}

function printNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The shortest decimal text that reads back as the same float32. */
function printSingle(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Object.is(Math.fround(short), value)) return printNumber(short);
  }
  return printNumber(value);
}

import type { Attribute, Node, Stage, Value } from '../../compiler/graph/types.ts';
import type { OptimizerSettings } from '../../language/settings.ts';
import type { Instruction, Moment, Operand, Phase } from '../../protocol/debug.ts';
import { operandName, type TapList, type TapSpec } from './tapList.ts';
import { lossPath } from './timeline.ts';

/**
 * The step operation by operation: the nodes of the recording program in their order, then one update for each moment of one.
 * `moments` are those of the step.
 */
export function instructionsOf(
  list: TapList,
  moments: readonly Moment[],
  optimizer: OptimizerSettings,
): readonly Instruction[] {
  const labels = labelsOf(list);
  const operand = (value: Value): Operand => {
    const { dtype, shape } = value;
    const label = labels.get(value);
    return { name: operandName(value), dtype, shape, ...(label !== undefined && { label }) };
  };
  const places = new Map(moments.map((moment) => [`${moment.phase} ${moment.path}`, moment]));
  const found: Omit<Instruction, 'index'>[] = list.graph.nodes.map((node) => {
    const { op, inputs, outputs, origin } = node;
    const { path, line } = origin;
    const phase = phaseOf(origin.stage);
    // The loss has one moment for both directions.
    const place = places.get(`${path === lossPath ? 'loss' : phase} ${path}`);
    return {
      phase,
      op,
      attributes: attributesOf(node),
      inputs: inputs.map(operand),
      outputs: outputs.map(operand),
      path,
      line,
      ...(place && { moment: place.index }),
    };
  });
  const updates = moments.flatMap((moment) => updateOf(list, moment, optimizer));
  return [...found, ...updates].map((instruction, index) => ({ index, ...instruction }));
}

function updateOf(
  { taps }: TapList,
  { phase, path, line, index, parameter }: Moment,
  optimizer: OptimizerSettings,
): readonly Omit<Instruction, 'index'>[] {
  if (phase !== 'update' || parameter === undefined) return [];
  const name = parameter.slice(path.length + 1);
  const own = [...taps.values()].filter((tap) => tap.path === path);
  const named = (test: (tap: string) => boolean): readonly Operand[] =>
    own.filter(({ tap }) => test(tap)).map(tapOperand);
  return [
    {
      phase,
      op: optimizer.type,
      attributes: Object.entries(optimizer)
        .filter(([key]) => key !== 'type' && key !== 'lr')
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(' '),
      inputs: [
        ...named((tap) => tap === `param:${name}` || tap === `grad:param:${name}`),
        ...named((tap) => tap.startsWith('optimizer:') && tap.endsWith(`:${name}`)),
      ],
      outputs: named((tap) => tap === `update:${name}`),
      path,
      line,
      moment: index,
    },
  ];
}

function tapOperand({ name, dtype, shape }: TapSpec): Operand {
  return { name, dtype, shape };
}

/** What a value is besides the result of an operation. */
function labelsOf({ graph, taps }: TapList): ReadonlyMap<Value, string> {
  const labels = new Map<Value, string>();
  for (const { value, data } of graph.constants) {
    const isFilled = data.every((element) => element === data[0]);
    labels.set(value, isFilled ? String(data[0]) : 'constant');
  }
  for (const { name, value } of graph.inputs) labels.set(value, name);
  for (const { name, source } of taps.values()) {
    // Of several names the first: that of the layer that made the value.
    if (source.kind === 'value' && !labels.has(source.value)) labels.set(source.value, name);
  }
  return labels;
}

function phaseOf(stage: Stage): Phase {
  return stage === 'statistics' ? 'forward' : stage;
}

function attributesOf({ attributes }: Node): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${attributeText(value)}`)
    .join(' ');
}

function attributeText(value: Attribute): string {
  return typeof value === 'object' ? `[${value.join(', ')}]` : String(value);
}

import type { GraphBuilder } from '../../compiler/graph/builder.ts';
import type {
  BatchInput,
  Buffer,
  DropoutMask,
  NormSite,
  Parameter,
  ResidualSite,
  Tap,
} from '../../compiler/graph/model.ts';
import type { Value } from '../../compiler/graph/types.ts';
import { newGraph } from '../../compiler/ops/registry.ts';
import type { Signal } from '../layers/definition.ts';
import { lowerLoss } from '../layers/losses.ts';
import type { LossSettings } from '../settings.ts';
import { ItemLowering, problemOf } from './lowering.ts';
import type { AssemblyPlan, ItemResult, ReportProblem } from './plan.ts';

/** A model's graph, as far as it could be built. */
export interface Assembly {
  readonly builder: GraphBuilder;
  readonly batch: readonly BatchInput[];
  readonly masks: readonly DropoutMask[];
  readonly parameters: readonly Parameter[];
  readonly buffers: readonly Buffer[];
  readonly taps: readonly Tap[];
  readonly norms: readonly NormSite[];
  readonly residuals: readonly ResidualSite[];
  /** By path; items whose value is unknown are missing. */
  readonly results: ReadonlyMap<string, ItemResult>;
  /** By path: the layers that an item takes values from by name. */
  readonly links: ReadonlyMap<string, readonly string[]>;
  readonly output: Value | undefined;
  readonly loss: Value | undefined;
}

/**
 * Builds the graph layer by layer. What a layer cannot take is reported at its place in the text; then its value is unknown,
 * and what depends on it is left out silently, so that one mistake is one message.
 */
export function assemble(plan: AssemblyPlan, report: ReportProblem): Assembly {
  const builder = newGraph();
  const batch = plan.batch.map(({ name, role, dtype, shape }): BatchInput => {
    return { name, role, value: builder.input(name, dtype, shape) };
  });
  const ofRole = (role: BatchInput['role']): Value | undefined =>
    batch.find((input) => input.role === role)?.value;
  const input = ofRole('input');
  const lowering = new ItemLowering(builder, plan, ofRole('paddingMask'), report);
  const source: Signal | undefined = input && {
    value: input,
    path: 'input',
    line: plan.dataRange.start.line,
  };
  const output = source && lowering.runModel(plan.items, source);
  const targets = ofRole('target');
  const loss =
    output && targets && plan.loss && buildLoss(builder, plan, output, targets, plan.loss, report);
  return {
    builder,
    batch,
    masks: lowering.masks,
    parameters: lowering.parameters,
    buffers: lowering.buffers,
    taps: lowering.taps,
    norms: lowering.norms,
    residuals: lowering.residuals,
    results: lowering.results,
    links: lowering.links,
    output: output?.value,
    loss,
  };
}

function buildLoss(
  g: GraphBuilder,
  plan: AssemblyPlan,
  output: Signal,
  targets: Value,
  loss: LossSettings,
  report: ReportProblem,
): Value | undefined {
  const last = plan.items.at(-1);
  try {
    const { classes, className } = plan;
    const line = plan.lossRange.start.line;
    return g.within({ stage: 'loss', path: 'loss', line }, () =>
      lowerLoss({ g, output: output.value, targets, classes, className }, loss),
    );
  } catch (error) {
    const problem = problemOf(error);
    // The remedy is in the last layer more often than in the loss.
    report('error', problem.code, problem.message, last?.range ?? plan.lossRange, output.path);
    return undefined;
  }
}

import type { ToView, ViewSteps } from '../src/protocol/view.ts';
import { normWidth } from '../src/statistics/taps.ts';
import {
  both,
  fields,
  isBoolean,
  isColumn,
  isCount,
  isNumber,
  isPositive,
  isText,
  listOf,
  nullable,
  oneOf,
  optional,
  type Guard,
} from './guards.ts';

const isReport = fields({ kind: isText, code: isText, message: isText });

const isStatus = fields({
  state: oneOf('ready', 'training', 'paused', 'ended', 'failed'),
  step: isCount,
  stepsPerSecond: isNumber,
  error: optional(isReport),
});

/** Columns are as long as the batch has steps; what a step tells of norms is told of whole norms. */
function isAligned(value: unknown): boolean {
  const { loss, lr, gradNorm, norms, ...others } = value as ViewSteps;
  const { accuracy, lossMin, lossMax, gradNormMin, gradNormMax } = others;
  const columns = [lr, gradNorm, accuracy, lossMin, lossMax, gradNormMin, gradNormMax];
  const isLong = columns.every((column) => column === undefined || column.length === loss.length);
  return isLong && norms.length % Math.max(1, loss.length * normWidth) === 0;
}

const isSteps = both(
  fields({
    first: isCount,
    stride: optional(isPositive),
    last: optional(isCount),
    loss: isColumn,
    lr: isColumn,
    gradNorm: isColumn,
    norms: (value) => value instanceof Float32Array,
    accuracy: optional(isColumn),
    lossMin: optional(isColumn),
    lossMax: optional(isColumn),
    gradNormMin: optional(isColumn),
    gradNormMax: optional(isColumn),
    isRecent: optional(isBoolean),
  }),
  isAligned,
);

const isValidation = fields({ step: isCount, loss: isNumber, accuracy: optional(isNumber) });

const isEnd = fields({ steps: isCount, loss: isNumber });

const isMoments = fields({ rms: isNumber, var: isNumber });
const isStream = fields({
  step: isCount,
  points: listOf(
    fields({
      ...{ path: isText, skip: isMoments, branch: isMoments, sum: isMoments },
      signal: fields({ squaredMean: isNumber, variance: isNumber, branchVariance: isNumber }),
    }),
  ),
});

const isSpread = fields({
  ...{ low: isNumber, high: isNumber, mean: isNumber, var: isNumber },
  ...{ below: isCount, above: isCount, counts: isColumn },
});
const isVector = listOf(isNumber);
const isChannels = fields({
  ...{ inMean: isVector, inVar: isVector, outMean: isVector, outVar: isVector },
  running: optional(
    fields({
      ...{ mean: isVector, var: isVector },
      distance: fields({ mean: isNumber, variance: isNumber }),
    }),
  ),
});
const isHistogram = fields({
  ...{ step: isCount, norm: isText, before: isSpread, after: isSpread },
  channels: optional(isChannels),
});

const isInfo = fields({
  modelName: isText,
  steps: isCount,
  stepsPerEpoch: optional(isPositive),
  norms: listOf(fields({ path: isText, type: isText })),
});

const isRun = fields({
  info: isInfo,
  status: isStatus,
  history: listOf(isSteps),
  validations: listOf(isValidation),
  streams: optional(listOf(isStream)),
  end: optional(isEnd),
  resumable: optional(fields({ step: isCount })),
  writer: optional(fields({ pid: isNumber, host: isText })),
});

/** One thing of a topology, and all that is inside of it. */
function isItem(value: unknown): boolean {
  return isPlace(value) && oneOf('layer', 'residual', 'group')((value as { kind: unknown }).kind)
    ? kinds[(value as { kind: keyof typeof kinds }).kind](value)
    : false;
}

const isShape = optional(listOf(isNumber));
const isPlace = fields({
  path: isText,
  line: isNumber,
  parameters: isNumber,
  outputShape: isShape,
  inputShape: isShape,
  problem: optional(isText),
});
const kinds: Readonly<Record<'layer' | 'residual' | 'group', Guard>> = {
  layer: fields({ type: isText, role: oneOf('norm', 'layer', 'loss', 'input') }),
  residual: fields({
    placement: oneOf('pre', 'post', 'peri', 'none'),
    shortcut: oneOf('identity', 'projection', 'none'),
    skip: listOf(isItem),
    branch: listOf(isItem),
    after: listOf(isItem),
  }),
  group: fields({ label: isText, times: optional(isPositive), items: listOf(isItem) }),
};
const isTopology = fields({
  name: isText,
  items: listOf(isItem),
  links: listOf(fields({ from: isText, to: isText })),
});

function isTopologyText(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    return isTopology(JSON.parse(value));
  } catch {
    return false;
  }
}

const isModel = fields({
  name: isText,
  fileName: isText,
  uri: optional(isText),
  topology: isTopologyText,
  stale: isBoolean,
  lastGood: optional(isBoolean),
  problems: listOf(
    fields({ severity: oneOf('error', 'warning'), message: isText, line: isNumber }),
  ),
});

const isPath = nullable(isText);
const isAlso = optional(listOf(isText));

const messages: Readonly<Record<ToView['type'], Guard>> = {
  hydrate: fields({
    model: nullable(isModel),
    run: nullable(isRun),
    selection: isPath,
    also: isAlso,
  }),
  model: fields({ model: nullable(isModel) }),
  run: fields({ run: nullable(isRun) }),
  delta: fields({
    status: optional(isStatus),
    steps: optional(isSteps),
    validation: optional(isValidation),
    histogram: optional(isHistogram),
    stream: optional(isStream),
    end: optional(isEnd),
  }),
  error: fields({ error: isReport }),
  selection: fields({ path: isPath, also: isAlso }),
};

/**
 * Whether something posted into the page is a message of the extension, down to the lengths of its columns: browser extensions and
 * frames post messages of their own into any page.
 */
export function isToView(data: unknown): data is ToView {
  if (typeof data !== 'object' || data === null || !('type' in data)) return false;
  const { type } = data;
  return typeof type === 'string' && Object.hasOwn(messages, type)
    ? messages[type as ToView['type']](data)
    : false;
}

import type { ForwardModel } from '../../compiler/graph/model.ts';
import type { ChannelReport } from '../../protocol/engine.ts';
import {
  channelStatistics,
  runningDistance,
  signalPoint,
  type ChannelStatistics,
  type SignalPoint,
} from '../../statistics/channels.ts';
import type { TapRecord } from './recording.ts';

/** What a norm has of each channel. */
export const channelTaps = ['mean:in', 'var:in', 'mean:out', 'var:out'] as const;

type ChannelVector = (typeof channelTaps)[number] | `buffer:running_${'mean' | 'var'}`;

/** What is known per channel of one norm, from its vectors; undefined where one of `channelTaps` is. */
export function channelReport(
  of: (name: ChannelVector) => readonly number[] | undefined,
  epsilon: number,
): ChannelReport | undefined {
  const [inMean, inVar, outMean, outVar] = channelTaps.map(of);
  if (!inMean || !inVar || !outMean || !outVar) return undefined;
  const [mean, variance] = [of('buffer:running_mean'), of('buffer:running_var')];
  const running = mean && variance && { mean, var: variance };
  const distance = running && runningDistance({ mean: inMean, var: inVar }, running, epsilon);
  return {
    inMean,
    inVar,
    outMean,
    outVar,
    ...(running && distance && { running: { ...running, distance } }),
  };
}

/** Collects what is known per channel from the taps of one pass. */
export class ChannelCollector {
  private readonly model: ForwardModel;
  private readonly vectors = new Map<string, readonly number[]>();
  private readonly moments = new Map<string, ChannelStatistics>();
  private readonly axes: ReadonlyMap<string, number>;

  constructor(model: ForwardModel) {
    this.model = model;
    this.axes = new Map(
      model.residuals.flatMap(({ path, channelAxis }) => [
        [`${path}.out`, channelAxis],
        [`${path}.branch`, channelAxis],
      ]),
    );
  }

  /** The elements of a tap are looked at now: they need not be kept. */
  take({ path, name, shape, data }: TapRecord): void {
    if (!(data instanceof Float32Array)) return;
    const tap = `${path}.${name}`;
    if (/^(mean|var):(in|out)$|^buffer:running_/.test(name)) this.vectors.set(tap, [...data]);
    const axis = this.axes.get(tap);
    if (axis !== undefined) this.moments.set(tap, channelStatistics(data, shape, axis));
  }

  norms(): Readonly<Record<string, ChannelReport>> {
    return Object.fromEntries(
      this.model.norms.flatMap(({ path, epsilon }) => {
        const report = channelReport((tap) => this.vectors.get(`${path}.${tap}`), epsilon);
        return report ? [[path, report] as const] : [];
      }),
    );
  }

  signal(): Readonly<Record<string, SignalPoint>> {
    return Object.fromEntries(
      this.model.residuals.flatMap(({ path }) => {
        const output = this.moments.get(`${path}.out`);
        const branch = this.moments.get(`${path}.branch`);
        return output && branch ? [[path, signalPoint(output, branch)] as const] : [];
      }),
    );
  }
}

import type { NormSite } from '../../compiler/graph/model.ts';
import type { Port } from '../../compiler/graph/types.ts';
import { prune } from '../../compiler/passes/prune.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import type { ChannelReport } from '../../protocol/engine.ts';
import { histogramOf, type Histogram } from '../../statistics/histogram.ts';
import { Session } from '../runtime/session.ts';
import { channelReport, channelTaps } from './channelReport.ts';
import type { Trainer } from './trainer.ts';

/** The spread of all elements of a norm's input and output, and what is known of its channels. */
export interface NormValues {
  readonly before: Histogram;
  readonly after: Histogram;
  /** Absent for a norm that has none. */
  readonly channels?: ChannelReport;
}

/** Looks at the values of one norm with a forward pass of its own, which ends at the norm: nobody pays for it who does not look. */
export class HistogramMeter {
  private readonly trainer: Trainer;
  private readonly session: Session;
  private readonly norm: NormSite;
  private readonly outputs: readonly string[];

  private constructor(
    trainer: Trainer,
    session: Session,
    norm: NormSite,
    outputs: readonly Port[],
  ) {
    this.trainer = trainer;
    this.session = session;
    this.norm = norm;
    this.outputs = outputs.map(({ name }) => name);
  }

  /** Undefined for a path that is no norm of the model. Throws what `Session.create` throws. */
  static async create(trainer: Trainer, norm: string): Promise<HistogramMeter | undefined> {
    const { model, threads } = trainer.options;
    const { builder, norms, taps } = lowerModel(model, { mode: 'training' });
    const site = norms.find(({ path }) => path === norm);
    if (!site) return undefined;
    const outputs = [
      { name: 'before', value: site.input },
      { name: 'after', value: site.output },
      ...taps.filter(({ path, name }) => path === norm && channelTaps.some((tap) => tap === name)),
    ];
    const session = await Session.create(prune(builder.build('histogram', outputs)), threads);
    return new HistogramMeter(trainer, session, site, outputs);
  }

  /** On the current parameters and the first batch of the step that comes next: what that step's statistics are of. */
  async measure(): Promise<NormValues> {
    const { trainer, session, norm, outputs } = this;
    const feeds = trainer.nextFeeds;
    const found = await session.fetch(feeds, outputs);
    const buffer = (name: string) => feeds.find((feed) => feed.name === `${norm.path}.${name}`);
    const channels = channelReport((name) => {
      const fed = buffer(name.replace('buffer:', ''));
      const data = (found.get(name) ?? fed?.data) as Float32Array | undefined;
      return data && [...data];
    }, norm.epsilon);
    return {
      before: histogramOf(found.get('before') as Float32Array),
      after: histogramOf(found.get('after') as Float32Array),
      ...(channels && { channels }),
    };
  }

  /** Frees the runtime's memory. */
  async dispose(): Promise<void> {
    await this.session.release();
  }
}

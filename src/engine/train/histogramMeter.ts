import { prune } from '../../compiler/passes/prune.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import { histogramOf, type Histogram } from '../../statistics/histogram.ts';
import { Session } from '../runtime/session.ts';
import type { Trainer } from './trainer.ts';

/** The spread of all elements of a norm's input and output. */
export interface NormHistograms {
  readonly before: Histogram;
  readonly after: Histogram;
}

/** Looks at the values of one norm with a forward pass of its own, which ends at the norm: nobody pays for it who does not look. */
export class HistogramMeter {
  private readonly trainer: Trainer;
  private readonly session: Session;

  private constructor(trainer: Trainer, session: Session) {
    this.trainer = trainer;
    this.session = session;
  }

  /** Undefined for a path that is no norm of the model. Throws what `Session.create` throws. */
  static async create(trainer: Trainer, norm: string): Promise<HistogramMeter | undefined> {
    const { model, threads } = trainer.options;
    const { builder, norms } = lowerModel(model, { mode: 'training' });
    const site = norms.find(({ path }) => path === norm);
    if (!site) return undefined;
    const outputs = [
      { name: 'before', value: site.input },
      { name: 'after', value: site.output },
    ];
    const session = await Session.create(prune(builder.build('histogram', outputs)), threads);
    return new HistogramMeter(trainer, session);
  }

  /** On the current parameters and the first batch of the step that comes next: what that step's statistics are of. */
  async measure(): Promise<NormHistograms> {
    const { trainer, session } = this;
    const found = await session.fetch(trainer.nextFeeds, ['before', 'after']);
    return {
      before: histogramOf(found.get('before') as Float32Array),
      after: histogramOf(found.get('after') as Float32Array),
    };
  }

  /** Frees the runtime's memory. */
  async dispose(): Promise<void> {
    await this.session.release();
  }
}

import { compileStream, type StreamProgram } from '../../compiler/passes/programs.ts';
import type { MomentsPlace } from '../../compiler/passes/streamMoments.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import { signalPoint } from '../../statistics/channels.ts';
import { poolRows, type Moments, type StreamPoint } from '../../statistics/stream.ts';
import { Session } from '../runtime/session.ts';
import type { Trainer } from './trainer.ts';

interface ChannelMoments {
  readonly mean: Float32Array;
  readonly var: Float32Array;
}

/** Measures the residual stream with a forward pass of its own: nobody pays for it who does not look. */
export class StreamMeter {
  private readonly trainer: Trainer;
  private readonly program: StreamProgram;
  private readonly session: Session;

  private constructor(trainer: Trainer, program: StreamProgram, session: Session) {
    this.trainer = trainer;
    this.program = program;
    this.session = session;
  }

  /** Undefined for a model without residuals. Throws what `Session.create` throws. */
  static async create(trainer: Trainer): Promise<StreamMeter | undefined> {
    const { model, threads } = trainer.options;
    const program = compileStream(lowerModel(model, { mode: 'training' }));
    if (!program) return undefined;
    return new StreamMeter(trainer, program, await Session.create(program.graph, threads));
  }

  /** On the current parameters and the first batch of the step that comes next; one point per residual, in the order of the model. */
  async measure(): Promise<readonly StreamPoint[]> {
    const found = await this.session.fetch(this.trainer.nextFeeds, ['stream']);
    const numbers = found.get('stream') as Float32Array;
    const channelsOf = ({ offset, channels }: MomentsPlace): ChannelMoments => {
      const middle = offset + channels;
      const end = middle + channels;
      return { mean: numbers.subarray(offset, middle), var: numbers.subarray(middle, end) };
    };
    const moments = (place: MomentsPlace): Moments => {
      const { mean, var: variance } = channelsOf(place);
      return poolRows(mean, variance);
    };
    return this.program.residuals.map(({ path, skip, branch, sum, out }) => ({
      path,
      skip: moments(skip),
      branch: moments(branch),
      sum: moments(sum),
      signal: signalPoint(channelsOf(out), channelsOf(branch)),
    }));
  }

  /** Frees the runtime's memory. */
  async dispose(): Promise<void> {
    await this.session.release();
  }
}

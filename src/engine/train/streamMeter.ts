import { compileStream, type StreamProgram } from '../../compiler/passes/programs.ts';
import type { MomentsPlace } from '../../compiler/passes/streamMoments.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import { poolRows, type Moments, type StreamPoint } from '../../statistics/stream.ts';
import { Session } from '../runtime/session.ts';
import type { Trainer } from './trainer.ts';

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
    const moments = ({ offset, rows }: MomentsPlace): Moments => {
      const middle = offset + rows;
      return poolRows(numbers.subarray(offset, middle), numbers.subarray(middle, middle + rows));
    };
    return this.program.residuals.map(({ path, skip, branch, sum }) => ({
      path,
      skip: moments(skip),
      branch: moments(branch),
      sum: moments(sum),
    }));
  }

  /** Frees the runtime's memory. */
  async dispose(): Promise<void> {
    await this.session.release();
  }
}

import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../base/errors.ts';
import { Emitter, type Disposable } from '../base/lifetime.ts';
import type { EngineClient } from '../engine/client.ts';
import type { OpenRequest, RunState } from '../protocol/engine.ts';
import { Run, type RunRecord } from './run.ts';

/** What the window's run is doing; `none` before the first. */
export type RunPhase = 'none' | 'opening' | 'lost' | RunState;

const longestGoodbye = 3000;

/**
 * The one run of a window: at most one engine process at a time. Knows nothing of the editor; who asks for a run decides what
 * becomes of the one before.
 */
export class RunController implements Disposable {
  private readonly startEngine: () => EngineClient;
  private run: Run | undefined;
  private opening: EngineClient | undefined;
  private readonly changes = new Emitter<null>();
  /** Another run, or another phase of it. */
  readonly onDidChange = this.changes.on;

  constructor(startEngine: () => EngineClient) {
    this.startEngine = startEngine;
  }

  /** The newest run of this window, also after its end. */
  get current(): Run | undefined {
    return this.run;
  }

  get phase(): RunPhase {
    if (this.opening) return 'opening';
    if (this.run === undefined) return 'none';
    return this.run.lost === undefined ? this.run.state : 'lost';
  }

  /**
   * Compiles a model and makes it the window's run, in an engine of its own.
   * @param record what is known of the run before its checkpoint, when `request.resume` is given
   * @throws NormscopeError what the engine has against the request; `busy` while another run is open; `cancelled`
   */
  async open(request: OpenRequest, record?: RunRecord): Promise<Run> {
    if (this.opening ?? this.run?.isOpen) {
      const message = l10n.t('Another training is open: stop it first.');
      throw new NormscopeError('input', 'busy', message);
    }
    const engine = this.startEngine();
    this.opening = engine;
    const wasCancelled = (): boolean => this.opening !== engine;
    this.changes.fire(null);
    try {
      const info = await engine.request('open', request);
      this.run?.dispose();
      this.run = new Run(engine, request, info, record);
      this.run.onDelta(({ status, end }) => {
        if (status ?? end) this.changes.fire(null);
      });
      return this.run;
    } catch (error) {
      engine.dispose();
      if (!wasCancelled()) throw error;
      throw new NormscopeError('input', 'cancelled', l10n.t('Compiling was cancelled.'));
    } finally {
      // One that was cancelled may have made room for another by now.
      if (!wasCancelled()) this.opening = undefined;
      this.changes.fire(null);
    }
  }

  /** Ends the engine that compiles a model: `open` rejects with `cancelled`. */
  cancelOpening(): void {
    const { opening } = this;
    this.opening = undefined;
    opening?.dispose();
  }

  /** Lets the engine end its step and write a checkpoint if it does so in time, then ends it. */
  async close(): Promise<void> {
    const { run } = this;
    // A run that ends because its window closes is to be gone on with: nobody notes it as ended.
    this.changes.dispose();
    if (run?.isOpen) {
      const tooLate = new Promise((resolve) => setTimeout(resolve, longestGoodbye).unref());
      await Promise.race([run.stop().catch(() => undefined), tooLate]);
    }
    this.dispose();
  }

  dispose(): void {
    this.run?.dispose();
    this.changes.dispose();
  }
}

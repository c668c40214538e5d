import * as l10n from '@vscode/l10n';
import { counted } from '../base/counts.ts';
import { DisposableStore, Emitter, type Disposable } from '../base/lifetime.ts';
import type { Engine } from './host.ts';

/** How far a journey has come; the last message of one has `isOver`. */
export interface Progress {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** 0 to 100. */
  readonly percentage: number;
  readonly isOver: boolean;
}

/** Takes a run to other steps by snapshot and replay, tells how far that has come, and can be cancelled on the way. */
export class Travel implements Disposable {
  private readonly engine: Engine;
  private readonly store = new DisposableStore();
  private readonly progress = new Emitter<Progress>();
  private last = 0;
  private shown: Progress | undefined;
  /** Only of journeys that take a while. */
  readonly onProgress = this.progress.on;

  constructor(engine: Engine) {
    this.engine = engine;
    this.store.add(
      engine.on('replay', ({ from, step, to }) => {
        const share = (step - from) / Math.max(1, to - from);
        this.show({
          id: this.shown?.id ?? `travel-${++this.last}`,
          title: l10n.t('Going to step {0}', to),
          text: l10n.t('step {0}', step),
          percentage: Math.round(100 * share),
          isOver: false,
        });
      }),
    );
  }

  /**
   * Goes to the moment before step `step`; says what was computed again and whether it is the same as the first time.
   * @throws NormscopeError `replay-cancelled`, and what the engine has against it
   */
  async to(step: number): Promise<string> {
    try {
      const { replayed, verified } = await this.engine.request('goTo', { step });
      const again = counted.steps(replayed);
      return verified
        ? l10n.t(
            'Step {0}: {1} computed again; all parameters are those of the first time.',
            step,
            again,
          )
        : l10n.t(
            'Step {0}: {1} computed again; the parameters could not be compared with those of the first time.',
            step,
            again,
          );
    } finally {
      if (this.shown) this.show({ ...this.shown, text: '', percentage: 100, isOver: true });
      this.shown = undefined;
    }
  }

  /** Cancels the journey with this id; nothing if it is over. */
  async cancel(id: unknown): Promise<void> {
    if (this.shown?.id === id) await this.engine.request('cancelGoTo', null);
  }

  dispose(): void {
    this.store.dispose();
    this.progress.dispose();
  }

  private show(progress: Progress): void {
    this.shown = progress;
    this.progress.fire(progress);
  }
}

import { signatureOf, type BranchLayout } from './layout.ts';
import { LayoutWorker } from './layoutWorker.ts';
import type { Scene, SceneBranch } from './scene.ts';
import { isPlain, simpleBranchLayout } from './simpleBranch.ts';

/** Layouts of branches that are kept while the model is edited. */
const mostRemembered = 1000;
/** Branches that the worker has at a time: enough to be busy, few enough to be called back soon. */
const mostRunning = 2;
/** A worker that is at something that nobody wants any more is ended after this long; a new one takes as long to start. In milliseconds. */
const patience = 500;

interface Request {
  readonly missing: Set<string>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Lays out the branches of scenes: plain ones at once, others in a worker, each distinct one once. There is one scene at a time: what an older one waits for and
 * the newer one has not is dropped, and the worker is ended where it is at such a branch for long.
 */
export class BranchLayouts {
  private readonly address: string;
  private readonly known = new Map<string, BranchLayout>();
  private readonly running = new Map<string, number>();
  private waiting = new Map<string, SceneBranch>();
  private request: Request | undefined;
  private worker: LayoutWorker;

  constructor(address: string) {
    this.address = address;
    this.worker = new LayoutWorker(address);
  }

  /**
   * The layouts of a scene's branches, in order; undefined when a newer scene has come meanwhile.
   * @throws Error when the worker cannot be started or ends
   */
  async layOut(scene: Scene): Promise<readonly BranchLayout[] | undefined> {
    const branches = scene.pieces.filter((piece) => piece.kind === 'branch');
    const difficult = branches.filter((branch) => !isPlain(branch));
    const wanted = new Map(difficult.map((branch) => [signatureOf(branch), branch]));
    const missing = new Map([...wanted].filter(([signature]) => !this.known.has(signature)));
    this.request?.resolve();
    this.request = undefined;
    this.drop(missing);
    this.forget(wanted);
    this.waiting = new Map([...missing].filter(([signature]) => !this.running.has(signature)));
    if (missing.size > 0) {
      await new Promise<void>((resolve, reject) => {
        this.request = { missing: new Set(missing.keys()), resolve, reject };
        this.feed();
      });
    }
    const layouts = branches.map((branch) =>
      isPlain(branch) ? simpleBranchLayout(branch) : this.known.get(signatureOf(branch)),
    );
    return layouts.every((layout) => layout !== undefined) ? layouts : undefined;
  }

  /** Ends the worker where it would go on with what nobody wants. */
  private drop(wanted: ReadonlyMap<string, SceneBranch>): void {
    const since = Math.min(
      ...[...this.running].flatMap(([signature, start]) => (wanted.has(signature) ? [] : [start])),
    );
    if (performance.now() - since < patience) return;
    this.worker.end();
    this.worker = new LayoutWorker(this.address);
    this.running.clear();
  }

  private forget(wanted: ReadonlyMap<string, SceneBranch>): void {
    for (const signature of this.known.keys()) {
      if (this.known.size <= mostRemembered) return;
      if (!wanted.has(signature)) this.known.delete(signature);
    }
  }

  private feed(): void {
    for (const [signature, branch] of this.waiting) {
      if (this.running.size >= mostRunning) return;
      this.waiting.delete(signature);
      this.running.set(signature, performance.now());
      void this.run(this.worker, signature, branch);
    }
  }

  private async run(worker: LayoutWorker, signature: string, branch: SceneBranch): Promise<void> {
    try {
      const layout = await worker.layOut(branch);
      if (worker !== this.worker) return;
      this.known.set(signature, layout);
    } catch (error) {
      if (worker !== this.worker) return;
      this.fail(error);
      return;
    }
    this.running.delete(signature);
    this.request?.missing.delete(signature);
    if (this.request?.missing.size === 0) this.request.resolve();
    this.feed();
  }

  /** What failed once may work later, with another worker. */
  private fail(error: unknown): void {
    this.worker.end();
    this.worker = new LayoutWorker(this.address);
    this.running.clear();
    this.waiting.clear();
    this.request?.reject(error);
    this.request = undefined;
  }
}

import Elk, { type ELK } from 'elkjs/lib/elk-api.js';
import { branchLayoutOf, elkGraph } from './elkBranch.ts';
import type { BranchLayout } from './layout.ts';
import type { SceneBranch } from './scene.ts';

/**
 * Starts elkjs as a worker. A webview may not start a worker from a file's address, so the file is fetched and started from a
 * blob.
 */
async function startWorker(address: string): Promise<Worker> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  const blob = new Blob([await response.text()], { type: 'text/javascript' });
  const url = URL.createObjectURL(blob);
  try {
    return new Worker(url);
  } finally {
    // The worker has its source by the time that the next task runs.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

/** Lays out branches in a worker, started when the first one is asked for. */
export class LayoutWorker {
  private readonly address: string;
  private started: Promise<{ readonly elk: ELK; readonly broken: Promise<never> }> | undefined;

  constructor(address: string) {
    this.address = address;
  }

  /** @throws Error when the worker cannot be started or ends */
  async layOut(branch: SceneBranch): Promise<BranchLayout> {
    this.started ??= this.start();
    const { elk, broken } = await this.started;
    const laidOut = await Promise.race([elk.layout(elkGraph(branch)), broken]);
    return branchLayoutOf(branch, laidOut);
  }

  private async start() {
    const worker = await startWorker(this.address);
    const broken = new Promise<never>((_, reject) => {
      worker.addEventListener('error', (event) => {
        reject(new Error(event.message || 'the layout worker could not be started'));
      });
    });
    // Heard by those who wait for a layout; nobody waits between layouts.
    broken.catch(() => undefined);
    return { elk: new Elk({ workerFactory: () => worker }), broken };
  }
}

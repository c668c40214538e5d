import Elk, { type ELK } from 'elkjs/lib/elk-api.js';
import { branchLayoutOf, elkGraph } from './elkBranch.ts';
import type { BranchLayout } from './layout.ts';
import type { SceneBranch } from './scene.ts';

/** Source of the worker by its address: where it was fetched once, it starts at once. */
const sources = new Map<string, Promise<Blob>>();

function sourceOf(address: string): Promise<Blob> {
  const known = sources.get(address);
  if (known) return known;
  const fetched = fetchSource(address);
  sources.set(address, fetched);
  // What failed once may work later.
  fetched.catch(() => sources.delete(address));
  return fetched;
}

async function fetchSource(address: string): Promise<Blob> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return new Blob([await response.text()], { type: 'text/javascript' });
}

/**
 * Starts elkjs as a worker. A webview may not start a worker from a file's address, so the file is fetched and started from a
 * blob.
 */
async function startWorker(address: string): Promise<Worker> {
  const url = URL.createObjectURL(await sourceOf(address));
  try {
    return new Worker(url);
  } finally {
    // The worker has its source by the time that the next task runs.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

interface Started {
  readonly worker: Worker;
  readonly elk: ELK;
  readonly broken: Promise<never>;
}

/** Lays out branches in a worker, started when the first one is asked for. */
export class LayoutWorker {
  private readonly address: string;
  private started: Promise<Started> | undefined;

  constructor(address: string) {
    this.address = address;
  }

  /** Never settles once the worker is ended. @throws Error when the worker cannot be started or breaks */
  async layOut(branch: SceneBranch): Promise<BranchLayout> {
    this.started ??= this.start();
    const { elk, broken } = await this.started;
    const laidOut = await Promise.race([elk.layout(elkGraph(branch)), broken]);
    return branchLayoutOf(branch, laidOut);
  }

  /** Ends the worker, in the middle of whatever it is at. */
  end(): void {
    this.started?.then(
      ({ worker }) => worker.terminate(),
      // It never began.
      () => undefined,
    );
  }

  private async start(): Promise<Started> {
    const worker = await startWorker(this.address);
    const broken = new Promise<never>((_, reject) => {
      worker.addEventListener('error', (event) => {
        reject(new Error(event.message || 'the layout worker could not be started'));
      });
    });
    // Heard by those who wait for a layout; nobody waits between layouts.
    broken.catch(() => undefined);
    return { worker, elk: new Elk({ workerFactory: () => worker }), broken };
  }
}

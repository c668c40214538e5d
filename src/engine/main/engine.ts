import * as l10n from '@vscode/l10n';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { NormscopeError, type ErrorReport } from '../../base/errors.ts';
import type { Handlers, Server } from '../../protocol/channel/channel.ts';
import type { AttachRequest, GoToResult, SetValueRequest } from '../../protocol/debug.ts';
import type { EngineEvents, EngineMethods, OpenRequest, RunInfo } from '../../protocol/engine.ts';
import { encodeSafetensors } from '../data/safetensors.ts';
import { requireUnchanged } from '../data/unchanged.ts';
import { RunDebugger } from '../debug/debugger.ts';
import { writeDurably, writeError } from '../runs/durable.ts';
import { lockRun } from '../runs/lock.ts';
import { createRunFolder, readManifest, writeManifest } from '../runs/manifest.ts';
import { versions } from '../runs/versions.ts';
import { probe } from '../train/probe.ts';
import type { Trainer } from '../train/trainer.ts';
import { openNew, openResumed, readWeights, type Opened } from './openRun.ts';
import { removeRun, RunStore } from './runStore.ts';
import { TrainingLoop } from './trainingLoop.ts';
import type { Watches } from './watches.ts';

/** A careful guess of what a busy core computes in a millisecond. */
const flopsPerMillisecond = 5e6;

interface OpenRun {
  readonly opened: Opened;
  readonly info: RunInfo;
  /** Absent when the run was opened to be looked at only. */
  readonly store: RunStore | undefined;
  readonly loop: TrainingLoop | undefined;
}

/** One run in this process: what the host asks for, done one after the other. */
export class Engine {
  private readonly server: () => Server<EngineEvents>;
  private run: OpenRun | undefined;
  private isOpening = false;
  private turn: Promise<unknown> = Promise.resolve();

  /** `server` is asked for when the first event is sent. */
  constructor(server: () => Server<EngineEvents>) {
    this.server = server;
  }

  readonly handlers: Handlers<EngineMethods> = {
    open: (request) => this.open(request),
    train: ({ steps }) =>
      this.inTurn(() => {
        this.loop().train(steps);
        return null;
      }),
    pause: async () => {
      await this.loop().pause();
      return { step: this.need().opened.trainer.step };
    },
    stop: () => this.loop().stop(),
    watchStream: ({ isWatched }) => this.look(({ stream }) => stream.watch(isWatched || null)),
    watchHistogram: ({ norm }) => this.look(({ histogram }) => histogram.watch(norm)),
    probe: (request) =>
      this.inTurn(() =>
        probe(
          this.idle(l10n.t('While it trains, a model cannot be probed. Pause it first.')),
          request,
        ),
      ),
    exportParameters: ({ file }) =>
      this.inTurn(async () => {
        await exportParameters(
          this.idle(l10n.t('While it trains, a model cannot be exported. Pause it first.')),
          file,
        );
        return null;
      }),
    attach: (request) =>
      this.inTurn(async () => {
        await this.detach();
        this.attach(request);
        return null;
      }),
    detach: () =>
      this.inTurn(async () => {
        await this.detach();
        return null;
      }),
    record: () => this.inTurn(() => this.resting().record()),
    setBreakpoints: ({ breakpoints }) =>
      this.inTurn(() => this.debugger().setBreakpoints(breakpoints)),
    instructions: () => this.inTurn(() => this.resting().instructions()),
    describe: ({ tap }) => this.inTurn(() => this.resting().describe(tap)),
    tensor: (request) => this.inTurn(() => this.resting().tensor(request)),
    evaluate: (request) => this.inTurn(() => this.resting().evaluate(request)),
    complete: (request) => this.debugger().complete(request),
    goTo: ({ step }) => this.inTurn(() => this.goTo(step)),
    cancelGoTo: () => {
      this.debugger().cancelGoTo();
      return null;
    },
    savedSteps: async () => ({
      snapshots: this.debugger().snapshotSteps,
      checkpoints: (await this.need().store?.checkpointSteps()) ?? [],
    }),
    hitCounts: () => this.inTurn(() => this.resting().hitCounts()),
    findBack: () => this.inTurn(() => this.resting().findBack()),
    setValue: (request) => this.inTurn(() => this.setValue(request)),
    acceptStep: () =>
      this.inTurn(() => {
        this.resting().pass();
        return this.loop().takeOne();
      }),
  };

  /** Ends what is under way, with a checkpoint if steps were taken, and gives the run back. */
  async close(): Promise<void> {
    const { run } = this;
    this.run = undefined;
    if (run?.store === undefined) return;
    run.loop?.inspector?.cancelGoTo();
    await this.turn;
    await this.detach(run);
    const isUntouched = run.loop?.state === 'ready' && run.opened.resumed === undefined;
    if (run.loop && ['training', 'paused'].includes(run.loop.state)) {
      await run.loop.stop().catch(() => undefined);
    }
    await run.loop?.watches.dispose();
    await run.store.close();
    // Opened and never trained: nobody would miss it.
    if (isUntouched) await removeRun(run.store.directory);
  }

  private async open(request: OpenRequest): Promise<RunInfo> {
    if (this.isOpening || this.run) {
      throw new NormscopeError(
        'internal',
        'already-open',
        l10n.t('This engine has a run already.'),
      );
    }
    this.isOpening = true;
    // The first sign of life goes out before the work begins.
    await setImmediate();
    try {
      this.run = await (request.resume === undefined
        ? this.openNew(request)
        : this.openResumed(request, request.resume));
      for (const message of this.run.opened.warnings) {
        this.server().post('warning', { kind: 'input', code: 'data-left-out', message });
      }
      return this.run.info;
    } finally {
      this.isOpening = false;
    }
  }

  private async openNew(request: OpenRequest): Promise<OpenRun> {
    const opened = await openNew(request);
    if (request.purpose === 'look') return this.looked(opened, '', '');
    const parent =
      request.runsDirectory ?? path.join(path.dirname(request.modelPath), '.normscope', 'runs');
    const { id, directory } = await createRunFolder(parent, opened.model.name, new Date());
    try {
      const lock = await lockRun(directory);
      await writeManifest(directory, manifestOf(request, opened, id));
      const store = await RunStore.create(directory, lock, normPaths(opened.trainer));
      return this.trained(opened, store, id);
    } catch (error) {
      await removeRun(directory);
      throw error;
    }
  }

  private async openResumed(request: OpenRequest, directory: string): Promise<OpenRun> {
    const warn = (warning: ErrorReport): void => {
      this.server().post('warning', warning);
    };
    if (request.purpose === 'look') {
      const opened = await openResumed(request, directory, false, warn);
      return this.looked(opened, opened.resumed?.manifest.id ?? '', directory);
    }
    const lock = await lockRun(directory);
    try {
      const opened = await openResumed(request, directory, true, warn);
      const { trainer, resumed } = opened;
      if (resumed && resumed.manifest.steps !== trainer.options.steps) {
        await writeManifest(directory, { ...resumed.manifest, steps: trainer.options.steps });
      }
      const norms = normPaths(trainer);
      const store = await RunStore.resume(directory, lock, norms, trainer.step);
      return this.trained(opened, store, resumed?.manifest.id ?? path.basename(directory));
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private looked(opened: Opened, id: string, directory: string): OpenRun {
    const info = infoOf(opened, id, directory);
    return { opened, info, store: undefined, loop: undefined };
  }

  private trained(opened: Opened, store: RunStore, id: string): OpenRun {
    const loop = new TrainingLoop(opened.trainer, store, this.server());
    return { opened, info: infoOf(opened, id, store.directory), store, loop };
  }

  private attach(request: AttachRequest): RunDebugger {
    const { opened, store } = this.need();
    const loop = this.loop();
    const { trainer } = opened;
    loop.inspector = new RunDebugger(
      {
        trainer,
        reached: () => loop.reached,
        validation: () => loop.newestValidation,
        history: async () => (await store?.history()) ?? [],
        begin: async () => {
          const { initFrom } = store ? await readManifest(store.directory) : {};
          await trainer.begin(initFrom === undefined ? undefined : await readWeights(initFrom));
        },
        savedBefore: async (step) => {
          const saved = await store?.checkpointBefore(step);
          if (saved === undefined) return undefined;
          const { step: at } = saved.description;
          return {
            step: at,
            restore: () => {
              trainer.restore(saved.tensors, at);
            },
          };
        },
        log: (event) => {
          this.server().post('log', event);
        },
        replay: (event) => {
          this.server().post('replay', event);
        },
      },
      request,
    );
    return loop.inspector;
  }

  private async detach(run = this.run): Promise<void> {
    const { loop } = run ?? {};
    const inspector = loop?.inspector;
    if (loop) loop.inspector = undefined;
    await inspector?.dispose();
  }

  /** The debugger; attached at its first use. */
  private debugger(): RunDebugger {
    return this.loop().inspector ?? this.attach({});
  }

  /** The debugger of a run that stands still and can go on. */
  private resting(): RunDebugger {
    const { state } = this.loop();
    if (state === 'ended' || state === 'failed') {
      throw new NormscopeError('input', 'run-over', l10n.t('This run is over. Start a new one.'));
    }
    this.idle(
      l10n.t('While it trains, a model cannot be looked at in the debugger. Pause it first.'),
    );
    return this.debugger();
  }

  /** One after the other: two of them at once would look at each other's half of a step. */
  private inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async goTo(step: number): Promise<GoToResult> {
    const inspector = this.resting();
    const { files, request, readAt } = this.need().opened;
    await requireUnchanged(files, path.dirname(request.modelPath), readAt);
    try {
      return await inspector.goTo(step);
    } finally {
      // Also where it was cancelled on the way.
      this.loop().moved();
    }
  }

  private async setValue(request: SetValueRequest): Promise<{ readonly text: string }> {
    const inspector = this.resting();
    const { opened, store } = this.need();
    const { trainer } = opened;
    const { step } = trainer;
    const { index, value } = request;
    const target = inspector.fedName(request.target);
    const edit = { step, target, value, ...(index !== undefined && { index }) };
    trainer.setEdits([...trainer.edits.filter((earlier) => earlier.step <= step), edit]);
    await this.loop().fork();
    inspector.edited();
    if (store) {
      const manifest = await readManifest(store.directory);
      await writeManifest(store.directory, { ...manifest, edits: trainer.edits });
    }
    const place = index === undefined ? target : l10n.t('{0}, element {1}', target, index);
    const isLasting = index === undefined || trainer.parameters.some(({ path }) => path === target);
    return {
      text: isLasting
        ? l10n.t('{0} is {1} from step {2} on', place, value, step)
        : l10n.t('{0} is {1} in step {2}', place, value, step),
    };
  }

  private need(): OpenRun {
    if (this.run) return this.run;
    throw new NormscopeError('internal', 'not-open', 'Open a model first.');
  }

  /** Looks at something else from now on; while it trains, the loop measures between two steps. */
  private look(change: (watches: Watches) => void): Promise<null> {
    return this.inTurn(async () => {
      const { watches, state } = this.loop();
      change(watches);
      if (state !== 'training') await watches.now();
      return null;
    });
  }

  private loop(): TrainingLoop {
    const { loop } = this.need();
    if (loop) return loop;
    throw new NormscopeError(
      'input',
      'look-only',
      l10n.t('This model was opened to be looked at only.'),
    );
  }

  /** The trainer while no step is under way. */
  /** The trainer of a run that stands still; `refusal` is said of one that trains. */
  private idle(refusal: string): Trainer {
    const { opened, loop } = this.need();
    if (loop?.state !== 'training') return opened.trainer;
    throw new NormscopeError('input', 'run-training', refusal);
  }
}

function dataFacts({ options }: Trainer): Pick<RunInfo, 'stepsPerEpoch' | 'classNames'> {
  const { stepsPerEpoch } = options.model.settings;
  const { classNames } = options.data;
  return {
    ...(stepsPerEpoch !== undefined && { stepsPerEpoch }),
    ...(classNames && { classNames }),
  };
}

function normPaths(trainer: Trainer): readonly string[] {
  return trainer.program.norms.map((norm) => norm.path);
}

function infoOf(opened: Opened, id: string, directory: string): RunInfo {
  const { trainer, model, request, compileMilliseconds } = opened;
  const { options, program, flops } = trainer;
  const sizes = program.parameters.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  return {
    id,
    directory,
    modelPath: request.modelPath,
    modelName: model.name,
    step: trainer.step,
    steps: options.steps,
    ...dataFacts(trainer),
    seed: options.seed,
    threads: options.threads,
    parameters: sizes.reduce((a, b) => a + b, 0),
    norms: program.norms.map(({ path: norm, type, line }) => ({ path: norm, type, line })),
    compileMilliseconds,
    estimatedStepMilliseconds: flops / flopsPerMillisecond,
  };
}

function manifestOf(
  request: OpenRequest,
  { trainer, model, files }: Opened,
  id: string,
): Parameters<typeof writeManifest>[1] {
  const { seed, steps, threads } = trainer.options;
  const { modelPath, modelText, overrides, allowedRoots, initFrom } = request;
  return {
    id,
    created: new Date().toISOString(),
    ...versions(),
    modelPath,
    modelName: model.name,
    modelText,
    overrides,
    allowedRoots,
    seed,
    steps,
    ...dataFacts(trainer),
    threads,
    ...(initFrom !== undefined && { initFrom }),
    data: files,
    norms: normPaths(trainer),
  };
}

async function exportParameters(trainer: Trainer, file: string): Promise<void> {
  const { header, parts } = encodeSafetensors(trainer.parameterTensors(), { format: 'pt' });
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeDurably(file, [header, ...parts]);
  } catch (error) {
    throw writeError(l10n.t('The parameters'), file, error);
  }
}

import type { ErrorReport } from '../src/base/errors.ts';
import { fromJson } from '../src/base/json.ts';
import type {
  EndEvent,
  RunInfo,
  StatusEvent,
  StreamEvent,
  ValidationEvent,
} from '../src/protocol/engine.ts';
import type { FromView, ToView, ViewModel, ViewRun } from '../src/protocol/view.ts';
import { RunSeries } from '../src/statistics/series/runSeries.ts';
import type { Topology } from '../src/topology/topology.ts';
import type { Host } from './host.ts';
import { readSavedState, type PanelState } from './savedState.ts';

/** What changed since a view last drew. `data`: steps or validations of the run; `state`: what the panel remembers. */
export type Change = 'model' | 'run' | 'data' | 'status' | 'stream' | 'selection' | 'state';

/** The model as the panel keeps it. */
export type PanelModel = Omit<ViewModel, 'topology'> & { readonly topology: Topology };

/** The run as the panel keeps it: its history is bounded, however long it trains. */
export interface PanelRun {
  readonly info: RunInfo;
  readonly series: RunSeries;
  status: StatusEvent;
  validations: readonly ValidationEvent[];
  /** The residual stream when it was last measured. */
  stream: StreamEvent | undefined;
  end: EndEvent | undefined;
  resumable: { readonly step: number } | undefined;
}

/** Messages that are answered by a status, a run or an error. */
const workTypes: ReadonlySet<FromView['type']> = new Set([
  /** The process that trains it, when that is not of this window: nothing can be asked of it from here. */
  readonly writer: ViewRun['writer'];
  'train',
  'pause',
  'step',
  'stop',
  'resume',
] as const);

const mostValidations = 2000;

function thinned(validations: readonly ValidationEvent[]): readonly ValidationEvent[] {
  if (validations.length <= mostValidations) return validations;
  return validations.filter((_, i) => i % 2 === 1 || i === validations.length - 1);
}

function panelRun(run: ViewRun): PanelRun {
  const series = new RunSeries(run.info.norms.length);
  for (const batch of run.history) series.append(batch);
  return {
    info: run.info,
    series,
    status: run.status,
    validations: thinned(run.validations),
    stream: run.stream,
    end: run.end,
    resumable: run.resumable,
  };
}

/** Everything that the panel shows. Views read it and are told through `onChange`, at most once a frame, what to draw again. */
export class PanelStore {
    writer: run.writer,
  model: PanelModel | null = null;
  run: PanelRun | null = null;
  /** Path of the selected layer. */
  selection: string | null = null;
  /** What could not be done, until it is dismissed. */
  error: ErrorReport | null = null;
  /** Asked for and not answered yet. */
  pending: FromView['type'] | null = null;
  /** True once the extension has told what there is to see. */
  hydrated = false;

  private readonly host: Host;
  private remembered: PanelState;
  private readonly changed: (change: Change) => void;

  constructor(host: Host, changed: (change: Change) => void) {
    this.host = host;
    this.changed = changed;
    this.remembered = readSavedState(host.saved());
    this.selection = this.remembered.selection ?? null;
  }

  get state(): PanelState {
    return this.remembered;
  }

  /** Remembers across hiding and reloading. */
  remember(part: Partial<PanelState>): void {
    this.remembered = { ...this.remembered, ...part };
    this.host.save(this.remembered);
    this.changed('state');
  }

  /** Asks the extension for something. What starts or ends work is pending until an answer comes. */
  send(message: FromView): void {
    this.host.post(message);
    if (!workTypes.has(message.type)) return;
    this.error = null;
    this.pending = message.type;
    this.changed('status');
  }

  /** Selects a layer in the panel and shows its line in the editor. */
  select(path: string): void {
    this.setSelection(path);
    this.send({ type: 'reveal', path });
  }

  dismissError(): void {
    this.error = null;
    this.changed('status');
  }

  apply(message: ToView): void {
    switch (message.type) {
      case 'hydrate':
        this.hydrated = true;
        this.setModel(message.model);
        this.setRun(message.run);
        if (message.selection !== null) this.setSelection(message.selection);
        break;
      case 'model':
        this.setModel(message.model);
        break;
      case 'run':
        this.setRun(message.run);
        break;
      case 'delta':
        this.applyDelta(message);
        break;
      case 'error':
        this.error = message.error;
        this.settle();
        break;
      case 'selection':
        this.setSelection(message.path);
        break;
    }
  }

  /** Whatever was asked for is no longer waited for. */
  settle(): void {
    this.pending = null;
    this.changed('status');
  }

  private setModel(model: ViewModel | null): void {
    this.model = model && { ...model, topology: fromJson(model.topology) };
    if (model?.uri !== undefined && model.uri !== this.remembered.modelUri) {
      this.remember({ modelUri: model.uri });
    }
    this.changed('model');
  }

  private setRun(run: ViewRun | null): void {
    this.run = run === null ? null : panelRun(run);
    this.changed('run');
    this.settle();
  }

  private setSelection(path: string | null): void {
    if (path === this.selection) return;
    this.selection = path;
    if (path !== null) this.remember({ selection: path });
    this.changed('selection');
  }

  private applyDelta(delta: Extract<ToView, { readonly type: 'delta' }>): void {
    const { run } = this;
    if (run === null) return;
    if (delta.steps) run.series.append(delta.steps);
    if (delta.validation) {
      const { validation } = delta;
      const earlier = run.validations.filter(({ step }) => step < validation.step);
      run.validations = thinned([...earlier, validation]);
    }
    if (delta.steps ?? delta.validation) this.changed('data');
    if (delta.stream) {
      run.stream = delta.stream;
      this.changed('stream');
    }
    if (delta.end) run.end = delta.end;
    if (delta.status) {
      run.status = delta.status;
      this.settle();
    } else if (delta.end) this.changed('status');
  }
}

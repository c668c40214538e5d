import type { ErrorReport } from '../src/base/errors.ts';
import { fromJson } from '../src/base/json.ts';
import type {
  EndEvent,
  RunInfo,
  StatusEvent,
  StreamEvent,
  ValidationEvent,
} from '../src/protocol/engine.ts';
import type { HistogramEvent } from '../src/protocol/engine.ts';
import type { FromView, ToView, ViewModel, ViewRun } from '../src/protocol/view.ts';
import { withMeasurement } from '../src/statistics/series/measurements.ts';
import { RunSeries } from '../src/statistics/series/runSeries.ts';
import type { Topology } from '../src/topology/topology.ts';
import type { Host } from './host.ts';
import { readSavedState, type PanelState } from './savedState.ts';

/** What changed since a view last drew. `data`: steps or validations of the run; `state`: what the panel remembers. */
export type Change =
  'model' | 'run' | 'data' | 'histogram' | 'status' | 'stream' | 'selection' | 'state';

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
  /** The residual stream whenever it was measured, ascending by step. */
  streams: readonly StreamEvent[];
  /** The spread of the watched norm's values when it was last measured. */
  histogram: HistogramEvent | undefined;
  end: EndEvent | undefined;
  resumable: { readonly step: number } | undefined;
  /** The process that trains it, when that is not of this window: nothing can be asked of it from here. */
  readonly writer: ViewRun['writer'];
}

/** Messages that are answered by a status, a run or an error. */
const workTypes: ReadonlySet<FromView['type']> = new Set([
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

/** Whether there is an engine that measures what is looked at. */
export function canStillMeasure({ status, resumable }: PanelRun): boolean {
  return ['ready', 'training', 'paused'].includes(status.state) && !resumable;
}

function panelRun(run: ViewRun): PanelRun {
  const series = new RunSeries(run.info.norms.length);
  for (const batch of run.history) series.append(batch);
  return {
    info: run.info,
    series,
    status: run.status,
    validations: thinned(run.validations),
    stream: run.streams?.at(-1),
    streams: run.streams ?? [],
    histogram: undefined,
    end: run.end,
    resumable: run.resumable,
    writer: run.writer,
  };
}

/** Everything that the panel shows. Views read it and are told through `onChange`, at most once a frame, what to draw again. */
export class PanelStore {
  model: PanelModel | null = null;
  run: PanelRun | null = null;
  /** Path of the selected layer; of several, the one that was selected last. */
  selection: string | null = null;
  /** Paths of layers that are selected together with it. */
  also: readonly string[] = [];
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
    this.also = this.remembered.also ?? [];
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
    this.selectSeveral([path]);
  }

  /** Selects layers, the first of them before all others, and shows their lines in the editor; nothing for none. */
  selectSeveral([path, ...also]: readonly string[]): void {
    if (path === undefined) return;
    this.setSelection(path, also);
    this.send(also.length > 0 ? { type: 'reveal', path, also } : { type: 'reveal', path });
  }

  /** Paths of all selected layers, the one that was selected last first. */
  get selected(): readonly string[] {
    return this.selection === null ? [] : [this.selection, ...this.also];
  }

  /** Adds a layer to those that are selected, or takes it away. */
  toggleSelected(path: string): void {
    const others = this.selected.filter((other) => other !== path);
    const isSelected = others.length < this.selected.length;
    // The last one stays: a picture without a selection has lost its place in the text.
    if (isSelected && others.length === 0) return;
    this.selectSeveral(isSelected ? others : [path, ...others]);
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
        if (message.selection !== null) this.setSelection(message.selection, message.also);
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
        this.setSelection(message.path, message.also);
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

  private setSelection(path: string | null, also: readonly string[] = []): void {
    if (path === this.selection && also.join('\n') === this.also.join('\n')) return;
    this.selection = path;
    this.also = also;
    if (path !== null) this.remember({ selection: path, also });
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
      run.streams = withMeasurement(run.streams, delta.stream);
      this.changed('stream');
    }
    if (delta.histogram) {
      run.histogram = delta.histogram;
      this.changed('histogram');
    }
    if (delta.end) run.end = delta.end;
    if (delta.status) {
      run.status = delta.status;
      this.settle();
    } else if (delta.end) this.changed('status');
  }
}

import type { PanelStore } from '../store.ts';
import { Chart } from './chart.ts';
import { stepAxis, type ChartAxis } from './chartAxis.ts';
import type { Curve } from './curves.ts';

export interface ChartSpec {
  /** Unique on the page. */
  readonly name: string;
  readonly title: string;
  readonly height: number;
  readonly curves: readonly Curve[];
  /** Steps when left out. */
  readonly axis?: ChartAxis;
  /** False where values may be below nought. */
  readonly canBeLogarithmic?: boolean;
}

/** A chart of the panel, which remembers how its axis is and saves under the name of the model. */
export function makeChart(store: PanelStore, spec: ChartSpec): Chart {
  const { name, canBeLogarithmic = true, axis = stepAxis } = spec;
  return new Chart({
    ...spec,
    axis,
    logarithmic: canBeLogarithmic && (store.state.logarithmic?.[name] ?? false),
    onLogarithmic: canBeLogarithmic
      ? (value) => {
          store.remember({ logarithmic: { ...store.state.logarithmic, [name]: value } });
        }
      : undefined,
    onSave: (file, content, encoding) => {
      saveFromChart(store, file, content, encoding);
    },
  });
}

/** Asks for a place for a file that a chart made. */
export function saveFromChart(
  store: PanelStore,
  name: string,
  content: string,
  encoding: 'utf8' | 'base64',
): void {
  const model = store.run?.info.modelName ?? '';
  store.send({ type: 'save', name: `${model}-${name}`, content, encoding });
}

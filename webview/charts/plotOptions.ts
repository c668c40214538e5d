import UPlot from 'uplot';
import { axisFont, color } from '../theme.ts';
import { drawBands } from './bands.ts';
import type { ChartAxis } from './chartAxis.ts';
import type { ChartData, Curve } from './curves.ts';
import { axisWidth, tickTexts } from './ticks.ts';

const barOpacity = 0.4;
/** Share of the values' range that stays free above and below bars, as uPlot leaves it elsewhere. */
const barPadding = 0.1;

export interface PlotSpec {
  readonly width: number;
  readonly height: number;
  readonly axis: ChartAxis;
  readonly curves: readonly Curve[];
  readonly isLogarithmic: boolean;
  /** Draws behind the curves. */
  readonly drawBehind: (plot: UPlot) => void;
  readonly onCursor: () => void;
  /** The user chose a part of the axis (true), or the whole again. */
  readonly onZoom: (isZoomed: boolean) => void;
}

/** What uPlot is told to make a chart: two axes, for each curve its values and the edges of its band, the common cursor. */
export function plotOptions(spec: PlotSpec): UPlot.Options {
  const { width, height, curves, axis: along, isLogarithmic } = spec;
  const axis: UPlot.Axis = {
    stroke: () => color('axis'),
    font: axisFont(),
    grid: { stroke: () => color('grid'), width: 1 },
    ticks: { stroke: () => color('grid'), width: 1, size: 4 },
    gap: 4,
  };
  return {
    width,
    height,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: (plot, min, max) => extentOf(plot, min, max, along) },
      y: isLogarithmic ? logarithmicScale() : linearScale(curves),
    },
    axes: [
      { ...axis, size: 24, space: 72, values: (_, ticks) => along.ticks(ticks) },
      {
        ...axis,
        size: (_, labels) => axisWidth(labels),
        space: 28,
        values: (_, ticks) => tickTexts(ticks),
      },
    ],
    series: [{}, ...curves.flatMap(seriesOf)],
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, dist: 4 },
      sync: { key: `normscope-${along.name}`, scales: ['x', null] },
    },
    hooks: {
      drawAxes: [spec.drawBehind, (plot) => drawBands(plot, curves)],
      setCursor: [spec.onCursor],
      setSelect: [
        (plot) => {
          if (plot.select.width > 0) spec.onZoom(true);
        },
      ],
      ready: [
        (plot) => {
          plot.over.addEventListener('dblclick', () => spec.onZoom(false));
        },
      ],
    },
  };
}

/** The data as uPlot takes it: positions, then for each curve its values and the upper and lower edge of its band. */
export function alignedData(
  data: ChartData,
  curves: readonly Curve[],
  isLogarithmic: boolean,
): UPlot.AlignedData {
  const [first, ...others] = data.positions;
  if (first === undefined) return [[], ...curves.flatMap(() => [[], [], []])];
  // A single position has no extent: a second one without values gives it one.
  const positions = [first, ...(others.length === 0 ? [first + 1] : others)];
  const column = (values: readonly number[] | undefined) =>
    positions.map((_, i) => numberOrGap(values?.[i], isLogarithmic));
  const columns = curves.flatMap((_, i) => {
    const curve = data.curves[i];
    return [column(curve?.values), column(curve?.high), column(curve?.low)];
  });
  return [positions, ...columns];
}

function numberOrGap(value: number | undefined, isLogarithmic: boolean): number | null {
  if (value === undefined || !Number.isFinite(value)) return null;
  return isLogarithmic && value <= 0 ? null : value;
}

function extentOf(plot: UPlot, min: number, max: number, axis: ChartAxis): [number, number] {
  if (axis.isBinned !== true) return [min, max > min ? max : min + 1];
  const [first = 0, second = first] = plot.data[0];
  const half = (second - first) / 2;
  return [min - half, max + half];
}

/** Bars are as long as their values only where they begin at nought. */
function linearScale(curves: readonly Curve[]): UPlot.Scale {
  if (!curves.some(({ form }) => form === 'bars')) return {};
  return {
    range: (_, min, max) => UPlot.rangeNum(Math.min(0, min), Math.max(0, max), barPadding, true),
  };
}

function logarithmicScale(): UPlot.Scale {
  // uPlot names the distribution by an enum that exists in its types only.
  return Object.assign<UPlot.Scale, object>({ log: 10 }, { distr: 3 });
}

function seriesOf(curve: Curve): UPlot.Series[] {
  // Edges of the band count for the axis of values; they are drawn as a whole.
  const edge: UPlot.Series = { paths: () => null, points: { show: false } };
  return [{ label: curve.label, stroke: () => color(curve.color), ...formOf(curve) }, edge, edge];
}

function formOf(curve: Curve): UPlot.Series {
  const paint = () => color(curve.color);
  if (curve.form === 'bars') {
    const paths = UPlot.paths.bars?.({ size: [1, Infinity], gap: 0 });
    const fill = () => color(curve.color, barOpacity);
    return { width: 0, fill, points: { show: false }, ...(paths && { paths }) };
  }
  if (curve.form === 'dots') {
    return {
      width: 1,
      spanGaps: true,
      points: { show: true, size: 5, fill: paint, stroke: paint },
    };
  }
  const isAlone = (plot: UPlot) => plot.data[0].length <= 2;
  const points = { show: isAlone, size: 6, fill: paint };
  return { width: 1.5, points, ...(curve.form === 'dashed' ? { dash: [4, 3] } : {}) };
}

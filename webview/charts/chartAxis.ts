import { formatCount } from '../format.ts';
import { texts } from '../texts.ts';

/** What lies along a chart. */
export interface ChartAxis {
  /** Charts with the same name have a common cursor and zoom. */
  readonly name: string;
  /** What a position is. */
  readonly position: string;
  /** Texts of ticks; empty for none. */
  readonly ticks: (positions: readonly number[]) => string[];
  /** What the legend says of the position under the cursor. */
  readonly describe: (position: number) => string;
  /** In tables, what stands for a position: a number, or a name. */
  readonly cell?: (position: number) => number | string;
  /** Positions are middles of equally wide bins, which reach half a width to either side. */
  readonly isBinned?: boolean;
}

/** Steps of a run. */
export const stepAxis: ChartAxis = {
  name: 'step',
  position: texts.metrics.step,
  ticks: (steps) => steps.map((step) => (Number.isInteger(step) ? formatCount(step) : '')),
  describe: (step) => texts.atStep(formatCount(step)),
};

import { sizeOf } from '../../../compiler/graph/types.ts';
import { previewed, previewSamples, shortNumber, type DataPreview } from '../preview.ts';
import { readElements } from './elements.ts';
import type { SampleData } from './formats.ts';
import { openRows } from './rows.ts';

/**
 * The first sample of each class, or where there are not so many classes the first samples, in the order of the files; of a table its
 * first rows as they are. Throws what reading them throws.
 */
export function previewFiles(
  { training, classNames, table }: SampleData,
  order: Uint32Array,
): DataPreview {
  if (table) return { kind: 'table', ...table };
  const { rows, elements, shape, targets } = training;
  const count = rows.reduce((sum, part) => sum + part.count, 0);
  const width = targets.length / count;
  const isClass = targets instanceof Int32Array;
  const opened = openRows(rows);
  try {
    const samples = firstOf(order, isClass ? targets : undefined).map((sample) => {
      const values = new Float64Array(sizeOf(shape));
      readElements(opened.read(sample), elements, values);
      const wanted = Array.from(targets.subarray(sample * width, (sample + 1) * width));
      const label = isClass
        ? (classNames?.[wanted[0]!] ?? String(wanted[0]))
        : wanted.map(shortNumber).join(', ');
      return { values, label };
    });
    return previewSamples(samples, shape);
  } finally {
    opened.close();
  }
}

function firstOf(order: Uint32Array, classes: Int32Array | undefined): readonly number[] {
  const seen = new Set<number>();
  const first: number[] = [];
  for (const sample of order) {
    const own = classes?.[sample];
    if (own === undefined || seen.has(own)) continue;
    seen.add(own);
    first.push(sample);
    if (first.length === previewed) return first;
  }
  const others = Array.from(order.subarray(0, 2 * previewed)).filter(
    (sample) => !first.includes(sample),
  );
  return [...first, ...others].slice(0, previewed);
}

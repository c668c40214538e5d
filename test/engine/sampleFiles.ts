import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createBatch, type Batch, type DataSource } from '../../src/engine/data/source.ts';
import { loadData } from '../../src/engine/data/open.ts';
import { checkModel, dataSettingsOf } from '../../src/language/check/check.ts';
import { batchTensors } from '../../src/language/layers/dataShapes.ts';
import type { DataSettings, TrainingSettings } from '../../src/language/settings.ts';

/** An IDX file: type 8 is bytes, 13 float32; numbers are big-endian. */
export function idx(
  shape: readonly number[],
  values: ArrayLike<number>,
  type: 8 | 13 = 8,
): Uint8Array {
  const width = type === 8 ? 1 : 4;
  const bytes = new Uint8Array(4 + 4 * shape.length + width * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, type, shape.length]);
  shape.forEach((size, axis) => {
    view.setUint32(4 + 4 * axis, size);
  });
  for (let i = 0; i < values.length; i++) {
    const at = 4 + 4 * shape.length + width * i;
    if (type === 8) view.setUint8(at, values[i]!);
    else view.setFloat32(at, values[i]!);
  }
  return bytes;
}

/** Writes files by their paths in a folder. */
export function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** What `data:` of a model file means. */
export function settingsOf(data: string): DataSettings {
  const settings = dataSettingsOf(`train: { data: ${data} }`);
  if (settings === undefined) throw new Error(`data: ${data} is wrong`);
  return settings;
}

export interface OpenedData {
  readonly source: DataSource;
  /** An empty batch of this size. */
  readonly batch: (size: number) => Batch;
}

/** Opens the data of a folder as a training on it would. */
export async function openData(
  folder: string,
  data: string,
  training: Partial<TrainingSettings> = {},
): Promise<OpenedData> {
  const settings = settingsOf(data);
  const loaded = await loadData(settings, { folder, roots: [] });
  const source = loaded.source(1, { ...anyTraining(), batch: 4, ...training });
  return { source, batch: (size) => createBatch(batchTensors(settings, loaded.facts, size)) };
}

function anyTraining(): TrainingSettings {
  const { model } = checkModel('layers: [{ Linear: 2 }]\ntrain: { data: two-spirals }\n');
  if (model === undefined) throw new Error('the smallest model is wrong');
  return model.settings;
}

/** The rows of a batch's input. */
export function inputRows({ input, width }: Batch): readonly (readonly number[])[] {
  const values = Array.from(input);
  return Array.from({ length: values.length / width }, (_, row) =>
    values.slice(row * width, (row + 1) * width),
  );
}

import { format, resolveConfig } from 'prettier';
import { layerReference } from './layerReference.ts';
import { modelSchema } from './modelSchema.ts';

/** Files that are written from the registry of layers: path from the project's root → text. */
export async function generatedFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const schemaPath = 'media/model.schema.json';
  const options = (await resolveConfig(`${root}/${schemaPath}`)) ?? {};
  const schema = JSON.stringify(modelSchema(), null, 2);
  return new Map([
    [schemaPath, await format(schema, { ...options, parser: 'json' })],
    ['docs/layers.md', layerReference()],
  ]);
}

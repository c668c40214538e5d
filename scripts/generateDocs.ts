import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './docs/files.ts';

// Writes what follows from the registry of layers: the schema of model files and their reference.
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
for (const [file, text] of await generatedFiles(root)) {
  const target = path.join(root, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
  console.log(`wrote ${file}`);
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { generatedFiles } from '../../scripts/docs/files.ts';
import { layerDefinitions } from '../../src/language/layers/registry.ts';

const root = path.join(import.meta.dirname, '../..');

describe('files written from the registry', () => {
  it('are up to date (npx tsx scripts/generateDocs.ts writes them)', async () => {
    const files = await generatedFiles(root);
    assert.deepEqual([...files.keys()], ['media/model.schema.json', 'docs/layers.md']);
    for (const [file, text] of files) {
      assert.equal(readFileSync(path.join(root, file), 'utf8'), text, `${file} is out of date`);
    }
  });

  it('mention every layer with every argument', async () => {
    const files = await generatedFiles(root);
    for (const text of files.values()) {
      for (const { type, arguments: specs } of layerDefinitions) {
        assert.ok(text.includes(type));
        for (const name of Object.keys(specs)) assert.ok(text.includes(name), `${type}.${name}`);
      }
    }
  });

  it('come from a registry whose positional arguments exist and whose names are PyTorch’s style', () => {
    const types = layerDefinitions.map(({ type }) => type);
    assert.equal(new Set(types).size, types.length);
    for (const { type, positional, arguments: specs, doc } of layerDefinitions) {
      assert.match(type, /^[A-Z][A-Za-z]+([123]d)?$/);
      assert.ok(doc.summary.endsWith('.'), type);
      assert.ok(positional === undefined || Object.hasOwn(specs, positional), type);
      for (const [name, spec] of Object.entries(specs)) {
        assert.match(name, /^[a-z][a-z_]*$/);
        assert.ok(spec.doc.endsWith('.'), `${type}.${name}`);
      }
    }
  });
});

import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { activationBundle } from '../../scripts/build.ts';

/** Bytes that VS Code reads and compiles before a model file comes alive. */
const largest = 140_000;

/** What of the rooms below the extension's may be in it: nothing that parses, compiles or computes. */
const light = [
  'src/base/',
  'src/engine/client.ts',
  'src/engine/data/safetensors.ts',
  'src/engine/runs/',
  'src/engine/texts.ts',
  'src/language/edit/owningLine.ts',
  'src/protocol/channel/',
  'src/statistics/series/',
  'src/statistics/taps.ts',
  'src/topology/topology.ts',
];

describe('what is loaded when a model file is opened', () => {
  let text = '';
  let sources: readonly string[] = [];

  before(async () => {
    const { outputFiles, metafile } = await build({
      ...activationBundle,
      write: false,
      metafile: true,
    });
    text = outputFiles.find(({ path }) => path.endsWith('.cjs'))?.text ?? '';
    const outputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
    sources = outputs
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([source]) => source);
  });

  it('is small', () => {
    const size = Buffer.byteLength(text);
    assert.ok(size > 0 && size <= largest, `${size} bytes, allowed ${largest}`);
  });

  it('holds one package', () => {
    const packages = sources.filter((source) => source.startsWith('node_modules/'));
    assert.deepEqual(packages, ['node_modules/@vscode/l10n/dist/main.js']);
  });

  it('holds neither the registry of layers nor anything else that works for its answers', () => {
    const heavy = sources.filter(
      (source) =>
        source.startsWith('src/') &&
        !source.startsWith('src/extension/') &&
        !light.some((allowed) => source.startsWith(allowed)),
    );
    assert.deepEqual(heavy, [], 'Import it where it is needed: `await import(…)`.');
  });

  it('asks for the names of vscode once', () => {
    assert.equal(text.split('require("vscode")').length - 1, 1);
  });
});

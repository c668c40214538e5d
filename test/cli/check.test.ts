import assert from 'node:assert/strict';
import { parseLines, textModel, tinyModel, useCli } from './support.ts';

interface CheckLine {
  readonly diagnostics: readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
    readonly path: string;
    readonly range: { readonly start: { readonly line: number; readonly column: number } };
  }[];
  readonly layers: readonly {
    readonly path: string;
    readonly type: string;
    readonly outputShape: readonly number[];
    readonly parameters: number;
    readonly line: number;
  }[];
  readonly parameters: number;
  readonly norms: readonly string[];
  readonly residuals: readonly string[];
}

function only(stdout: string): CheckLine {
  const lines = parseLines(stdout);
  assert.equal(lines.length, 1);
  return lines[0] as unknown as CheckLine;
}

describe('normscope check', () => {
  const cli = useCli({
    'tiny.model.yaml': tinyModel,
    'letters.model.yaml': textModel,
    'text.txt': 'call me ishmael. '.repeat(20),
  });

  it('lists layers, shapes, parameters, norms and residuals', async () => {
    const { code, stdout } = await cli().run('check', 'tiny.model.yaml', '--json');
    assert.equal(code, 0);
    const report = only(stdout);
    assert.deepEqual(report.diagnostics, []);
    assert.deepEqual(report.norms, ['block.norm', '2']);
    assert.deepEqual(report.residuals, ['block']);
    // Linear 2 → 8, LayerNorm 8, Linear 8 → 8, LayerNorm 8, Linear 8 → 3, all with bias.
    assert.equal(report.parameters, 24 + 16 + 72 + 16 + 27);
    const norm = report.layers.find((layer) => layer.path === 'block.norm');
    assert.deepEqual(norm, {
      path: 'block.norm',
      type: 'LayerNorm',
      outputShape: [16, 8],
      parameters: 16,
      line: 7,
    });
  });

  it('overrides any value of the file', async () => {
    const { stdout } = await cli().run(
      ...['check', '--set', 'let.width=4', 'train.batch=2', 'tiny.model.yaml', '--json'],
    );
    const report = only(stdout);
    assert.deepEqual(report.layers[0]?.outputShape, [2, 4]);
  });

  it('knows the vocabulary of the data', async () => {
    const { code, stdout } = await cli().run('check', 'letters.model.yaml', '--json');
    assert.equal(code, 0);
    const vocabulary = new Set('call me ishmael. ').size;
    assert.deepEqual(only(stdout).layers.at(-1)?.outputShape, [4, 8, vocabulary]);
  });

  it('ends with 1 when the model is wrong, and names line and remedy', async () => {
    cli().write('broken.model.yaml', tinyModel.replace('- LayerNorm\n', '- LayerNrom\n'));
    const json = await cli().run('check', 'broken.model.yaml', '--json');
    assert.equal(json.code, 1);
    const [diagnostic] = only(json.stdout).diagnostics;
    assert.equal(diagnostic?.code, 'unknown-layer');
    assert.equal(diagnostic.severity, 'error');
    assert.equal(diagnostic.range.start.line, 10);
    assert.match(diagnostic.message, /LayerNrom.*LayerNorm/s);
    const text = await cli().run('check', 'broken.model.yaml');
    assert.equal(text.code, 1);
    assert.match(text.stderr, /^broken\.model\.yaml:10:\d+: error unknown-layer: .*LayerNorm/m);
  });

  it('reports what is wrong with the data at the data entry', async () => {
    const missing = textModel.replace('text.txt', 'nowhere.txt');
    cli().write('missing.model.yaml', missing);
    const { code, stdout } = await cli().run('check', 'missing.model.yaml', '--json');
    assert.equal(code, 1);
    const errors = only(stdout).diagnostics.filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      errors.map((error) => [error.code, error.range.start.line]),
      [['data-missing', 7]],
    );
    assert.match(errors[0]?.message ?? '', /nowhere\.txt/);
  });

  it('reports a text that is too short for the context', async () => {
    cli().write('text.txt', 'abc');
    const { code, stdout } = await cli().run('check', 'letters.model.yaml', '--json');
    assert.equal(code, 1);
    assert.deepEqual(
      only(stdout).diagnostics.map((diagnostic) => diagnostic.code),
      ['data-too-short'],
    );
  });

  it('prints a table for people', async () => {
    const { stdout } = await cli().run('check', 'tiny.model.yaml');
    assert.match(stdout, /^layer +type +output +parameters +line$/m);
    assert.match(stdout, /^block\.norm +LayerNorm +16 × 8 +16 +7$/m);
    assert.match(stdout, /155 parameters, 2 norms, 1 residual$/m);
  });
});

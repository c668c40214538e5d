import assert from 'node:assert/strict';
import { inlineTexts } from '../../src/debugger/inlineValues.ts';
import { LayerMap } from '../../src/debugger/layerMap.ts';
import { findMoment } from '../../src/debugger/moments.ts';
import { StepRecord } from '../../src/debugger/record.ts';
import { scopesOf } from '../../src/debugger/scopes.ts';
import type { Phase, TapInfo } from '../../src/protocol/debug.ts';
import { recordOf, smallModel } from './fakeEngine.ts';

describe('lines of a model file', () => {
  const layers = new LayerMap(smallModel);
  const resolve = (line: number, phase: Phase = 'forward') => layers.resolve(line, phase);

  it('stand for the layers that begin there, all instances of them', () => {
    assert.deepEqual(resolve(3), { line: 3, paths: ['start'] });
    assert.deepEqual(resolve(10)?.paths, ['blocks.0.main.norm', 'blocks.1.main.norm']);
    assert.deepEqual(resolve(17), { line: 17, paths: ['loss'] });
  });

  it('stand for the layer whose text they are in, of all layers within each other the innermost', () => {
    assert.deepEqual(resolve(9), { line: 8, paths: ['blocks.0.main', 'blocks.1.main'] });
    assert.equal(resolve(11)?.line, 8);
    assert.deepEqual(resolve(5), { line: 4, paths: ['blocks.0.main'] });
    const text = `model: long
layers:
  - Linear:
      # Wide.
      out_features: 4
      bias: false

  - Repeat:
      times: 2
      body:
        # Small.
        - Linear: {
            out_features: 3,
            bias: false
          }
  - ReLU
train:
  data: { two-spirals: {} }
  loss:
    CrossEntropyLoss:
      label_smoothing: 0.1
  optimizer: { SGD: { lr: 0.1 } }
`;
    const long = new LayerMap(text);
    const lines = text.split('\n').map((_, index) => long.resolve(index + 1, 'forward')?.line);
    assert.deepEqual(
      lines.slice(0, 21),
      // Empty lines, and comments between layers, are about what comes next.
      [3, 3, 3, 3, 3, 3, 8, 8, 8, 8, 12, 12, 12, 12, 12, 16, 19, 19, 19, 19, 19],
    );
    assert.deepEqual(long.resolve(14, 'forward')?.paths, ['1.0.0', '1.1.0']);
  });

  it('stand for the layers of the next line that has some, where they are in none', () => {
    assert.deepEqual(resolve(1), { line: 3, paths: ['start'] });
    assert.equal(resolve(18), undefined);
  });

  it('of a container stand for the layer where one enters it', () => {
    assert.deepEqual(resolve(4)?.paths, ['blocks.0.main']);
    assert.deepEqual(resolve(8)?.paths, ['blocks.0.main', 'blocks.1.main']);
    assert.deepEqual(resolve(4, 'backward')?.paths, ['blocks.1.main']);
  });

  it('are listed where breakpoints can be', () => {
    assert.deepEqual(layers.linesBetween(1, 20), [3, 4, 8, 10, 13, 14, 17]);
  });
});

describe('inline values', () => {
  const layers = new LayerMap(smallModel);
  const record = new StepRecord(recordOf(smallModel, 0));
  const textsAt = (phase: Phase, path: string, line: number) => {
    const position = findMoment(record.moments, phase, path);
    assert.ok(position);
    const [frame] = record.framesAt(position, 'run');
    return inlineTexts(record, layers, frame!, line, line);
  };

  it('show mean and variance before and after a layer in the forward pass', () => {
    assert.deepEqual(textsAt('forward', 'end', 3), [
      { line: 3, path: 'start', text: 'in µ 0.875 σ² 0.328 → out µ 0.875 σ² 0.328' },
    ]);
    assert.match(textsAt('forward', 'end', 8)[0]!.text, /^skip σ² .* \+ branch σ² .* → sum σ² /);
    assert.equal(textsAt('forward', 'end', 17)[0]?.text, 'loss 1');
  });

  it('show the instance that is nearest to the frame', () => {
    assert.equal(textsAt('forward', 'blocks.1.main.norm', 13)[0]?.path, 'blocks.1.main.0');
    assert.equal(textsAt('forward', 'blocks.0.main.norm', 13)[0]?.path, 'blocks.0.main.0');
  });

  it('show gradient norms in the backward pass', () => {
    // 8 elements of mean square 0.875² + 0.328125: the root of 8 times that.
    const norm = Math.sqrt(8 * (0.875 ** 2 + 0.328125)).toPrecision(3);
    assert.equal(textsAt('backward', 'start', 3)[0]?.text, `∂out ${Number(norm)}`);
  });

  it('show the spread over channels at a norm that has channels', () => {
    const info = recordOf(smallModel, 0);
    const [some] = info.taps;
    assert.ok(some);
    const tap = (name: string, mean: number, min: number, max: number): TapInfo => ({
      ...some,
      name: `start.${name}`,
      path: 'start',
      tap: name,
      statistics: { ...some.statistics, mean, min, max },
    });
    const taps = [
      tap('mean:in', 0.25, -1, 1.5),
      tap('var:in', 2, 0.5, 4),
      tap('mean:out', 0, 0, 0),
      tap('var:out', 0.99999, 0.99999, 1),
    ];
    const normed = new StepRecord({ ...info, taps: [...info.taps, ...taps] });
    const [frame] = normed.framesAt(findMoment(normed.moments, 'forward', 'start')!, 'run');
    const [found] = inlineTexts(normed, layers, frame!, 3, 3);
    assert.equal(found?.text, 'in µ 0.25 [-1 … 1.5] σ² 2 [0.5 … 4] → out µ 0 σ² 1');
    const scope = scopesOf(normed, frame!).find(({ name }) => name === 'Norm');
    assert.deepEqual(
      scope?.taps.map(({ label }) => label),
      taps.map(({ tap: name }) => name),
    );
  });

  it('are silent about lines without layers', () => {
    assert.deepEqual(textsAt('forward', 'start', 5), []);
  });
});

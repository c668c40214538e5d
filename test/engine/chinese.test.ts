import assert from 'node:assert/strict';
import path from 'node:path';
import { reportOf } from '../../src/base/errors.ts';
import { decodeSafetensors } from '../../src/engine/data/safetensors.ts';
import { readManifest } from '../../src/engine/runs/manifest.ts';
import { writeError } from '../../src/engine/runs/durable.ts';
import { rangesText, type NonFiniteReport } from '../../src/engine/train/nonFinite.ts';
import { rules } from '../../src/statistics/rules/definitions.ts';
import { requireChinese, speakChinese } from '../project/chinese.ts';
import { openData, writeFiles } from './sampleFiles.ts';
import { temporaryFolders, tinyGpt } from './support.ts';
import { TestEngine } from './testEngine.ts';

/** Fails unless the work does, with a message in Chinese. */
async function requireChineseError(work: () => unknown, what: string): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { kind, message } = reportOf(error);
    assert.notEqual(kind, 'internal', `${what}: ${message}`);
    requireChinese(message);
    return;
  }
  assert.fail(`${what}: nothing is wrong`);
}

const zeros = new Uint8Array(40);

/** Data that cannot be read: what `data:` is, and what lies there. */
const wrongData: readonly (readonly [string, Readonly<Record<string, Uint8Array | string>>])[] = [
  ['{ text: a.txt, context: 4 }', {}],
  ['{ text: "*.txt", context: 4 }', {}],
  ['{ text: ../../a.txt, context: 4 }', {}],
  ['{ text: a.txt, context: 4 }', { 'a.txt': '' }],
  ['{ text: a.txt, context: 400 }', { 'a.txt': 'abcabcabc' }],
  ['{ text: a.txt, context: 4 }', { 'a.txt': zeros }],
  ['{ text: a.txt, context: 4 }', { 'a.txt': Uint8Array.of(0xff, 0xff) }],
  ['{ csv: a.csv, target: y }', {}],
  ['{ csv: a.csv, target: y }', { 'a.csv': 'x,y\n' }],
  ['{ csv: a.csv, target: z }', { 'a.csv': 'x,y\n1,2\n' }],
  ['{ csv: a.csv, target: y }', { 'a.csv': 'x,y\n1,\n2,3\n' }],
  ['{ csv: a.csv, target: y, task: regression }', { 'a.csv': 'x,y\n1,a\n2,b\n' }],
  ['{ idx: a }', { a: zeros }],
  ['{ idx: a-images-idx3-ubyte }', { 'a-images-idx3-ubyte': 'no' }],
  ['{ npy: a.npy }', { 'a.npy': zeros, 'y.npy': zeros }],
  ['{ npy: a.npz }', { 'a.npz': zeros }],
  ['{ cifar10: a.bin }', { 'a.bin': zeros }],
  ['{ images: a }', { 'a/one/x.png': zeros }],
  ['{ images: a }', { 'a/one/x.png': zeros, 'a/two/y.png': zeros }],
  ['{ images: a.png }', { 'a.png': zeros }],
];

describe('the engine in Chinese', () => {
  speakChinese();
  const newFolder = temporaryFolders();

  it('data that cannot be read', async () => {
    for (const [data, files] of wrongData) {
      const folder = newFolder();
      writeFiles(folder, files);
      const what = `${data} of ${Object.keys(files).join(', ')}`;
      await requireChineseError(() => openData(folder, data), what);
    }
  });

  it('files and folders that are not what they should be', async () => {
    await requireChineseError(() => decodeSafetensors(zeros.subarray(0, 4), 'a'), 'short weights');
    await requireChineseError(() => decodeSafetensors(zeros, 'a'), 'weights without a header');
    await requireChineseError(() => readManifest(newFolder()), 'an empty folder');
    for (const code of ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EIO']) {
      const cause = Object.assign(new Error('i/o'), { code });
      const error = writeError('报告', path.join('a', 'b'), cause);
      requireChinese(reportOf(error).message);
    }
  });

  it('what the debugger is asked and cannot answer', async () => {
    const engine = new TestEngine();
    await engine.open(newFolder(), tinyGpt());
    const { ask } = engine;
    for (const expression of ['', '1 +', 'nope', 'mean(', 'mean(1, 2)', 'loss[1]', 'x $ y', 'f(1)'])
      await requireChineseError(
        () => ask.evaluate({ expression, phase: 'forward', path: 'final' }),
        expression,
      );
    await requireChineseError(() => ask.goTo({ step: 30 }), 'a step that is yet to come');
    for (const request of [
      { target: 'nope', value: 1 },
      { target: 'lr', value: -1 },
      { target: 'final.weight', index: 99, value: 1 },
    ]) {
      await requireChineseError(() => ask.setValue(request), request.target);
    }
    requireChinese((await ask.setValue({ target: 'lr', value: 0.1 })).text);
    await requireChineseError(() => ask.probe({ input: 'data', taps: 'nope' }), 'no such tap');
    const place = { id: 1, phase: 'forward', kind: 'line', path: 'final' } as const;
    const reports = await ask.setBreakpoints({
      breakpoints: [
        { ...place, condition: 'in' },
        { ...place, condition: 'mean(nope) > 1' },
        { ...place, hitCondition: 'often' },
        { ...place, path: 'nope' },
        { ...place, kind: 'function', path: 'nope.*' },
        { id: 2, phase: 'forward', kind: 'rule', rule: 'nope' },
        { id: 3, phase: 'forward', kind: 'rule', rule: 'dead-relu' },
        { ...place, condition: 'var(in) > 4' },
      ],
    });
    assert.equal(reports.filter(({ verified }) => !verified).length, 7);
    for (const { verified, message } of reports) {
      if (!verified || message !== undefined) requireChinese(message ?? '');
    }
    const details = (await ask.complete({ text: 'me', column: 2, path: 'final' })).map(
      ({ detail }) => detail,
    );
    assert.ok(details.some((detail) => detail.startsWith('mean(x): ')));
    for (const detail of details) if (detail.includes('): ')) requireChinese(detail);
    await engine.close();
  });

  it('a step that is not finite, and what went before', async () => {
    const engine = new TestEngine();
    await engine.open(newFolder(), tinyGpt({ init: '  Linear: { weight: { constant: 1e38 } }' }));
    const status = await engine.train();
    assert.equal(status.error?.code, 'non-finite');
    requireChinese(status.error.message);
    await engine.close();
    const range = { tap: 'a.in', line: 3, min: 0, max: 1, nonFinite: 1, count: 4 };
    const report: NonFiniteReport = {
      step: 1,
      message: '',
      loss: 'NaN',
      lr: 1,
      inputs: [range],
      layers: [range],
    };
    for (const line of rangesText(report).split('\n')) requireChinese(line);
  });

  it('every rule that holds', async () => {
    const engine = new TestEngine();
    await engine.open(newFolder(), tinyGpt());
    const [report] = await engine.ask.setBreakpoints({
      breakpoints: rules
        .filter(({ name }) => name === 'update-ratio')
        .map(({ name }, id) => ({
          id,
          kind: 'rule',
          phase: 'update',
          rule: name,
          condition: 'ratio < 9 for 1',
        })),
    });
    assert.equal(report?.verified, true);
    await engine.train(3);
    const [stop] = engine.stops;
    assert.ok(stop, 'it stops');
    requireChinese(stop.text ?? '');
    await engine.close();
  });
});

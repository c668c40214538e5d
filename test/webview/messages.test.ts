import { RandomStream } from '../../src/base/random.ts';
import { parseFromView } from '../../src/protocol/parseFromView.ts';
import type { ToView } from '../../src/protocol/view.ts';
import { isToView } from '../../webview/isToView.ts';
import { equal, ok } from './assert.ts';
import { closePanels, openPanel, settled, until, type PanelPage } from './panelPage.ts';
import { sampleHistogram } from './sampleHistogram.ts';
import { gptTopology, modelOf, runInfo, runOf, stepsOf, streamOf } from './sampleModel.ts';

const topology = gptTopology(2);
const norms = runInfo(topology).norms.length;

/** One of each message, with everything that it can hold. */
function messages(): ToView[] {
  const model = modelOf(topology, {
    stale: true,
    problems: [{ severity: 'error', line: 3, message: 'wrong' }],
  });
  const end = {
    ...{ steps: 60, loss: 1, seconds: 2, stepsPerSecond: 30, parametersHash: 'ab' },
  };
  const run = runOf(topology, 60, { end, resumable: { step: 50 } });
  return [
    { type: 'hydrate', model, run, selection: 'norm' },
    { type: 'model', model },
    { type: 'run', run },
    {
      type: 'delta',
      status: { state: 'paused', step: 63, stepsPerSecond: 30 },
      steps: stepsOf(norms, 60, 3),
      validation: { step: 63, loss: 2, accuracy: 0.5 },
      histogram: sampleHistogram('norm', 63),
      stream: streamOf(topology, 63),
      end,
    },
    { type: 'error', error: { kind: 'input', code: 'wrong', message: 'It is wrong.' } },
    { type: 'selection', path: 'norm', also: ['head'] },
  ];
}

type Holder = Record<string, unknown>;

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

/** Objects and lists inside of a value, itself among them. */
function holders(value: unknown): Holder[] {
  return isHolder(value) ? [value, ...Object.values(value).flatMap(holders)] : [];
}

function junk(random: RandomStream): unknown {
  const all = [
    ...[undefined, null, NaN, Infinity, -1, 0.5, 1e300, 2 ** 53, '', 'x'.repeat(500), true],
    ...[[], [null], {}, { length: 5 }, new Float64Array(3), new Float32Array(7), new Date(0)],
    ...['<img onerror=alert(1)>', '__proto__', { type: 'hydrate' }, '{"items":5}', '[]'],
  ];
  return all[random.nextBelow(all.length)];
}

const valid = messages();

/** A message with one to three of its parts replaced, taken away or doubled. */
function spoilt(random: RandomStream): unknown {
  const message: unknown = structuredClone(valid[random.nextBelow(valid.length)]);
  for (let times = 1 + random.nextBelow(3); times > 0; times--) {
    const places = holders(message);
    const place = places[random.nextBelow(places.length)] ?? {};
    const keys = [...Object.keys(place), 'more'];
    const key = keys[random.nextBelow(keys.length)] ?? '';
    const way = random.nextBelow(4);
    if (way === 0) Reflect.deleteProperty(place, key);
    else if (way === 1 && Array.isArray(place)) place.push(place[0]);
    else place[key] = junk(random);
  }
  return message;
}

async function works(page: PanelPage): Promise<void> {
  page.post({ type: 'run', run: null });
  page.post({
    type: 'hydrate',
    model: modelOf(topology),
    run: runOf(topology, 60),
    selection: 'norm',
  });
  await until('charts', () => page.all('.chart canvas').length > 3);
  await until('its step', () => page.all('[data-metric="step"] dd').length > 0);
  equal(page.get('[data-metric="step"] dd').textContent, '60 / 2,000');
}

describe('random messages', function () {
  this.timeout(120_000);
  afterEach(closePanels);

  it('of ours are known as such, and what is cut short, misspelt or of another length is not', () => {
    for (const message of valid) ok(isToView(structuredClone(message)), message.type);
    const steps = { ...stepsOf(norms, 60, 3), lr: new Float64Array(2) };
    ok(!isToView({ type: 'delta', steps }), 'columns of different lengths');
    ok(!isToView({ type: 'hydrate', model: null }), 'cut short');
    ok(!isToView({ type: 'toString' }), 'no name of a message');
    const model = { ...modelOf(topology), topology: '{"name": "a", "items": [{}], "links": []}' };
    ok(!isToView({ type: 'model', model }), 'a layer without a path');
  });

  it('into the panel, 600 of them, throw nothing, and the panel works afterwards', async () => {
    const page = await openPanel({ width: 1200, height: 900 });
    await works(page);
    const random = new RandomStream(2024, 'messages');
    let taken = 0;
    for (let i = 0; i < 600; i++) {
      const message = random.nextBelow(8) === 0 ? junk(random) : spoilt(random);
      if (isToView(message)) taken++;
      page.postRaw(message);
      if (i % 50 === 0) await settled();
    }
    await settled();
    equal(page.errors, [], 'errors');
    ok(taken > 20 && taken < 500, `${taken} were messages still`);
    await works(page);
    equal(page.errors, [], 'errors afterwards');
    equal(page.all('img').length, 0, 'no element came in as text');
  });

  it('out of the panel, while everything in it is pressed, are all valid', async () => {
    const page = await openPanel({ width: 1200, height: 900 });
    await works(page);
    const random = new RandomStream(7, 'presses');
    for (let i = 0; i < 300; i++) {
      const controls = page.all('button, select, input, normscope-button, [role="treeitem"]');
      const control = controls[random.nextBelow(controls.length)];
      if (!control) continue;
      if (control.tagName === 'SELECT') {
        const select = control as HTMLSelectElement;
        select.selectedIndex = random.nextBelow(select.options.length);
        select.dispatchEvent(new Event('change', { bubbles: true }));
      } else if (control.tagName === 'INPUT') {
        (control as HTMLInputElement).value = String(random.nextBelow(100));
        control.dispatchEvent(new Event('input', { bubbles: true }));
      } else {
        control.dispatchEvent(new MouseEvent('click', { bubbles: true }));
      }
      if (i % 20 === 0) await settled();
    }
    await settled();
    ok(page.sent.length > 20, `${page.sent.length} messages`);
    for (const message of page.sent) {
      equal(parseFromView(structuredClone(message)), message, message.type);
    }
    equal(page.errors, [], 'errors');
  });

  it('a run without any step has an empty state, and so has one whose numbers are all gone', async () => {
    const page = await openPanel({ width: 1200, height: 900 });
    const status = { state: 'ended', step: 0, stepsPerSecond: 0 } as const;
    const end = { steps: 0, loss: NaN, seconds: 0, stepsPerSecond: 0, parametersHash: '' };
    const run = runOf(topology, 0, { status, end });
    page.post({ type: 'hydrate', model: modelOf(topology), run, selection: null });
    await until('says so', () => page.all('.chartsBody .empty').length === 1);
    page.post({ type: 'run', run: runOf(topology, 60) });
    await until('charts', () => page.all('.chart canvas').length > 3);
    page.post({ type: 'run', run: null });
    await until('says that nothing was trained', () => page.all('.chartsBody .empty').length === 1);
    equal(page.errors, [], 'errors');
  });
});

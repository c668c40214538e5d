import type { RunState } from '../../src/protocol/engine.ts';
import type { ToView, ViewRun } from '../../src/protocol/view.ts';
import { parseStepCount } from '../../webview/panel/controls.ts';
import { equal, ok } from './assert.ts';
import { closePanels, openPanel, settled, until, type PanelPage } from './panelPage.ts';
import { gptTopology, modelOf, runOf } from './sampleModel.ts';

const topology = gptTopology(1);

function runIn(state: RunState, more: Partial<ViewRun> = {}): ViewRun {
  return runOf(topology, 20, { status: { state, step: 20, stepsPerSecond: 30 }, ...more });
}

async function show(
  page: PanelPage,
  run: ViewRun | null,
  more: Partial<Extract<ToView, { type: 'hydrate' }>> = {},
) {
  page.post({ type: 'hydrate', model: modelOf(topology), run, selection: null, ...more });
  await until('the header', () => page.all('[data-action="train"]').length === 1);
  await settled();
}

function isEnabled(page: PanelPage, action: string): boolean {
  const button = page.get(`[data-action="${action}"]`);
  return !button.hasAttribute('disabled');
}

function enabled(page: PanelPage): string[] {
  return ['train', 'pause', 'step', 'stop'].filter((action) => isEnabled(page, action));
}

function type(page: PanelPage, text: string): void {
  const field: HTMLElement & { value?: string } = page.get('normscope-text-field');
  field.value = text;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

describe('the controls of the panel', () => {
  afterEach(closePanels);

  it('offer what means something in each state of a run', async () => {
    const page = await openPanel();
    await show(page, null);
    equal(enabled(page), ['train', 'step'], 'without a run');
    const expected: readonly (readonly [RunState, readonly string[]])[] = [
      ['ready', ['train', 'step', 'stop']],
      ['training', ['pause', 'stop']],
      ['paused', ['train', 'step', 'stop']],
      ['ended', ['train', 'step']],
      ['failed', ['train', 'step']],
    ];
    for (const [state, actions] of expected) {
      page.post({ type: 'run', run: runIn(state) });
      await settled();
      equal(enabled(page), actions, state);
      equal(page.get('.state').dataset['state'], state, 'shown state');
      equal(page.all('[data-action="resume"]').length, 0, `resume while ${state}`);
    }
  });

  it('send what they say, and wait for the answer', async () => {
    const page = await openPanel();
    await show(page, null);
    page.get('[data-action="train"]').click();
    await settled();
    equal(page.sent, [{ type: 'train' }], 'sent');
    equal(enabled(page), [], 'nothing twice while it starts');
    equal(page.get('.state').dataset['state'], 'waiting', 'says that it starts');
    page.post({ type: 'run', run: runIn('training') });
    await settled();
    page.get('[data-action="pause"]').click();
    page.post({ type: 'delta', status: { state: 'paused', step: 25, stepsPerSecond: 0 } });
    await settled();
    equal(page.get('[data-action="train"]').textContent.trim(), 'Continue', 'label when paused');
    page.get('[data-action="stop"]').click();
    equal(page.sent.slice(1), [{ type: 'pause' }, { type: 'stop' }], 'sent');
  });

  it('step as many steps as the field says, by button and by Enter, and remember the number', async () => {
    const page = await openPanel();
    await show(page, runIn('paused'));
    type(page, '25');
    await settled();
    page.get('[data-action="step"]').click();
    equal(page.sent, [{ type: 'step', count: 25 }], 'by button');
    page.post({ type: 'delta', status: { state: 'paused', step: 45, stepsPerSecond: 0 } });
    await settled();
    page
      .get('normscope-text-field')
      .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    equal(page.sent.length, 2, 'by Enter');
    const again = await openPanel({ saved: page.saved() });
    await show(again, runIn('paused'));
    again.get('[data-action="step"]').click();
    equal(again.sent, [{ type: 'step', count: 25 }], 'remembered');
  });

  it('refuse a count that is not one, and say why', async () => {
    const page = await openPanel();
    await show(page, runIn('paused'));
    for (const text of ['0', '-3', '1.5', 'ten', '', '1000001']) {
      type(page, text);
      await settled();
      ok(!isEnabled(page, 'step'), `step is disabled for "${text}"`);
      const field = page.get('normscope-text-field');
      equal(field.getAttribute('aria-invalid'), 'true', 'aria-invalid');
      ok((field.getAttribute('title') ?? '').includes('1,000,000'), 'names the range');
    }
    equal(parseStepCount(' 1,000 '), 1000, 'with a separator');
  });

  it('do not start a model with errors, and show each error with its line', async () => {
    const page = await openPanel();
    const problems = [
      {
        severity: 'error',
        line: 18,
        message: 'skip has 128 channels, branch has 64: add shortcut: projection',
      },
      { severity: 'warning', line: 3, message: 'unused definition <b>Block</b>' },
    ] as const;
    const model = modelOf(topology, { stale: true, problems });
    await show(page, null, { model });
    equal(enabled(page), [], 'enabled');
    ok(
      (page.get('[data-action="train"]').getAttribute('title') ?? '').includes('problems'),
      'says why',
    );
    ok(!page.get('.main').classList.contains('stale'), 'what is right is not dimmed');
    ok(page.get('.banner').textContent.includes('shortcut: projection'), 'the message');
    ok(page.get('.banner').textContent.includes('could be read'), 'what the picture is');
    page.post({ type: 'model', model: { ...model, lastGood: true } });
    await settled();
    ok(page.get('.banner').textContent.includes('last text without mistakes'), 'an older picture');
    ok(page.get('.main').classList.contains('stale'), 'which is dimmed');
    equal(page.all('.banner b').length, 0, 'messages are text');
    page.get('.banner .link').click();
    equal(page.sent, [{ type: 'revealLine', line: 18 }], 'sent');
    page.post({ type: 'model', model: modelOf(topology) });
    await settled();
    equal(page.all('.banner').length, 0, 'banner after the repair');
    equal(enabled(page), ['train', 'step'], 'enabled after the repair');
  });

  it('offer to resume a run whose engine was lost', async () => {
    const page = await openPanel();
    const error = {
      kind: 'environment',
      code: 'engine-lost',
      message: 'The engine was ended by signal SIGKILL.',
    } as const;
    const status = { state: 'failed', step: 20, stepsPerSecond: 0, error } as const;
    await show(page, runIn('failed', { status, resumable: { step: 16 } }));
    equal(page.get('.state').dataset['state'], 'lost', 'state');
    const banner = page.get('.banner[role="alert"]').textContent;
    ok(banner.includes('SIGKILL') && banner.includes('step 16'), `banner: ${banner}`);
    page.get('[data-action="resume-lost"]').click();
    equal(page.sent, [{ type: 'resume' }], 'sent');
    await settled();
    ok(
      !page.all('[data-action="resume"]').some((button) => !button.hasAttribute('disabled')),
      'once',
    );
  });

  it('show why a run failed, and what else could not be done until it is dismissed', async () => {
    const page = await openPanel();
    const error = {
      kind: 'rule',
      code: 'non-finite',
      message: 'The loss is not finite at step 20: lower the learning rate.',
    } as const;
    const status = { state: 'failed', step: 20, stepsPerSecond: 0, error } as const;
    await show(page, runIn('failed', { status }));
    ok(page.get('.banner').textContent.includes('lower the learning rate'), 'the remedy');
    page.get('[data-action="train"]').click();
    page.post({
      type: 'error',
      error: { kind: 'input', code: 'data-missing', message: 'moby-dick.txt does not exist.' },
    });
    await settled();
    ok(page.get('.banners').textContent.includes('moby-dick.txt'), 'shown');
    ok(isEnabled(page, 'train'), 'may be tried again');
    page.get('[data-action="close"]').click();
    await settled();
    ok(!page.get('.banners').textContent.includes('moby-dick.txt'), 'dismissed');
  });

  it('show the way in where there is no model, no run, no norm', async () => {
    const page = await openPanel();
    page.post({ type: 'hydrate', model: null, run: null, selection: null });
    await until('welcome', () => page.all('[data-action="open-example"]').length === 1);
    ok(page.get('.main').hasAttribute('hidden'), 'nothing else is shown');
    page.get('[data-action="open-example"]').click();
    equal(page.sent, [{ type: 'openExample' }], 'sent');
    page.post({ type: 'model', model: modelOf(topology) });
    await settled();
    ok(page.get('.charts').textContent.includes('Nothing has been trained yet'), 'no run');
    const withoutNorms = { ...topology, items: topology.items.slice(0, 2) };
    page.post({ type: 'model', model: modelOf(withoutNorms) });
    page.post({ type: 'run', run: runOf(withoutNorms, 5) });
    await settled();
    ok(page.get('.charts').textContent.includes('no norm layers'), 'no norms');
    equal(page.all('.chart').length >= 2, true, 'loss and gradient norm are there all the same');
  });

  it('are named for screen readers and reached by the keyboard', async () => {
    const page = await openPanel();
    await show(page, runIn('paused'));
    for (const element of page.all(
      'normscope-button, button, select, normscope-text-field, [role="separator"], [role="progressbar"]',
    )) {
      const name =
        element.getAttribute('aria-label') ??
        element.getAttribute('aria-labelledby') ??
        element.textContent.trim();
      ok(name !== '', `${element.outerHTML.slice(0, 120)} has a name`);
    }
    for (const element of page.all('normscope-button')) {
      const inner = element.shadowRoot?.querySelector('button');
      ok(
        inner?.getAttribute('aria-label') === element.getAttribute('aria-label'),
        'name reaches the inner button',
      );
    }
    const splitter = page.get('[role="separator"]');
    const width = page.get('.topology').getBoundingClientRect().width;
    splitter.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
    ok(
      page.get('.topology').getBoundingClientRect().width > width + 10,
      'the splitter moves by keys',
    );
    equal(page.violations, [], 'violations of the policy');
  });

  it('survive messages that are none', async () => {
    const page = await openPanel();
    await show(page, runIn('paused'));
    for (const message of [
      null,
      7,
      'train',
      {},
      { type: 'toString' },
      { type: 5 },
      [],
      { type: '__proto__' },
    ]) {
      page.postRaw(message);
    }
    await settled();
    equal(page.errors, [], 'errors');
    equal(enabled(page), ['train', 'step', 'stop'], 'enabled');
  });
});

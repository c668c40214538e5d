import { html, nothing, render } from 'lit-html';
import { ChartSettings } from '../charts/chartSettings.ts';
import { ChartsView } from '../charts/chartsView.ts';
import { coalesce, drawInTurn, numbersEvery, throttle } from '../frames.ts';
import type { Host } from '../host.ts';
import { PanelStore, type Change } from '../store.ts';
import { texts } from '../texts.ts';
import { fontFamily, onThemeChange } from '../theme.ts';
import { useFontFamily } from '../topology/fitText.ts';
import { TopologyView } from '../topology/topologyView.ts';
import { button } from '../ui.ts';
import { bannersTemplate } from './banners.ts';
import { Controls } from './controls.ts';
import { headerTemplate, progressTemplate } from './header.ts';
import { makeSplitter } from './splitter.ts';

/** What was asked for and never answered may be asked for again. */
const patience = 30_000;

function element(className: string, tag = 'div'): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

/** The whole panel: header, banners, topology, charts. Draws in animation frames only, so that a hidden panel costs nothing. */
export class Panel {
  private readonly store: PanelStore;
  private readonly header = element('', 'header');
  private readonly title = element('title');
  private readonly tools = element('tools');
  private readonly progress = element('progressPlace');
  private readonly banners = element('banners', 'section');
  private readonly main = element('main', 'main');
  private readonly welcome = element('welcome', 'main');
  private readonly controls: Controls;
  private readonly topology: TopologyView;
  private readonly topologyPlace = element('topology', 'section');
  private readonly charts: ChartsView;
  private readonly changes = new Set<Change>();
  private readonly drawSoon = coalesce(() => this.draw());
  private readonly numbersSoon = throttle(() => this.drawNumbers(), numbersEvery);
  private readonly headerDrawing = () => this.drawHeader();
  private readonly pictureDrawing = () => this.topology.updateNumbers();
  private layoutWarning: string | null = null;
  private impatience: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, host: Host) {
    this.store = new PanelStore(host, (change) => {
      this.changes.add(change);
      this.drawSoon();
    });
    this.controls = new Controls(this.store, () => this.drawHeader());
    useFontFamily(fontFamily());
    const bar = element('bar');
    bar.append(this.title, this.tools);
    this.header.append(bar, this.progress);
    this.topologyPlace.setAttribute('aria-label', texts.topology);
    this.banners.setAttribute('aria-label', texts.problems);
    const charts = element('charts', 'section');
    charts.setAttribute('aria-label', texts.statistics);
    const body = element('chartsBody');
    this.charts = new ChartsView(body, this.store);
    charts.append(new ChartSettings(this.store, this.charts).element, body);
    this.main.append(this.topologyPlace, makeSplitter(this.main, this.store), charts);
    root.replaceChildren(this.header, this.banners, this.welcome, this.main);
    this.topology = new TopologyView(
      this.topologyPlace,
      this.store,
      root.dataset['layoutWorker'] ?? '',
      (text) => {
        this.layoutWarning = text;
        this.drawHeader();
      },
    );
    onThemeChange(() => {
      useFontFamily(fontFamily());
      this.charts.restyle();
      this.topology.restyle();
    });
    host.listen((message) => this.store.apply(message));
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.drawSoon();
    });
  }

  private draw(): void {
    // The drawing may change the store again, which is then for the next frame.
    const changes = new Set(this.changes);
    this.changes.clear();
    this.waitForAnswer();
    if (changes.has('model') || changes.has('run') || changes.has('status')) this.drawHeader();
    this.drawWelcome();
    this.topology.update(changes);
    if ([...changes].some((change) => change !== 'status' && change !== 'state')) {
      this.charts.update(changes);
    }
    if (changes.has('data') || changes.has('status')) this.numbersSoon();
  }

  private drawNumbers(): void {
    drawInTurn(this.headerDrawing);
    drawInTurn(this.pictureDrawing);
  }

  private drawHeader(): void {
    render(headerTemplate(this.store), this.title);
    render(this.controls.template(), this.tools);
    render(progressTemplate(this.store), this.progress);
    render(bannersTemplate(this.store, this.layoutWarning), this.banners);
  }

  private drawWelcome(): void {
    const { model, hydrated } = this.store;
    const isEmpty = hydrated && model === null;
    this.header.hidden = model === null;
    this.main.hidden = model === null;
    this.main.classList.toggle('stale', model?.lastGood ?? false);
    this.topologyPlace.classList.toggle('noLayers', model?.topology.items.length === 0);
    render(
      isEmpty
        ? html`<div class="empty">
            <h1>${texts.noModelTitle}</h1>
            <p>${texts.noModel}</p>
            ${button({
              name: 'open-example',
              icon: 'play',
              label: texts.openExample,
              title: texts.openExample,
              primary: true,
              onClick: () => this.store.send({ type: 'openExample' }),
            })}
          </div>`
        : nothing,
      this.welcome,
    );
    this.welcome.hidden = !isEmpty;
  }

  private waitForAnswer(): void {
    clearTimeout(this.impatience);
    if (this.store.pending !== null) {
      this.impatience = setTimeout(() => this.store.settle(), patience);
    }
  }
}

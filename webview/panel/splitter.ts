import type { PanelStore } from '../store.ts';
import { texts } from '../texts.ts';

const least = 0.2;
const most = 0.8;

/** From this width on, charts stand beside the topology instead of below it; the style sheet says the same. */
const wide = matchMedia('(min-width: 900px)');

/** The bar between topology and charts: dragged by the pointer, moved by arrow keys, remembered for each of the two layouts. */
export function makeSplitter(main: HTMLElement, store: PanelStore): HTMLElement {
  const bar = document.createElement('div');
  bar.className = 'splitter';
  bar.tabIndex = 0;
  bar.setAttribute('role', 'separator');
  bar.setAttribute('aria-label', texts.splitter);
  bar.setAttribute('aria-valuemin', String(least * 100));
  bar.setAttribute('aria-valuemax', String(most * 100));

  const share = (): number =>
    wide.matches ? (store.state.columns ?? 0.42) : (store.state.rows ?? 0.5);
  const show = (): void => {
    main.style.setProperty('--normscope-share', String(share()));
    bar.setAttribute('aria-orientation', wide.matches ? 'vertical' : 'horizontal');
    bar.setAttribute('aria-valuenow', String(Math.round(share() * 100)));
  };
  const set = (value: number): void => {
    const bounded = Math.min(most, Math.max(least, value));
    store.remember(wide.matches ? { columns: bounded } : { rows: bounded });
    show();
  };

  bar.addEventListener('pointerdown', (event) => {
    bar.setPointerCapture(event.pointerId);
    event.preventDefault();
    bar.focus();
  });
  bar.addEventListener('pointermove', (event) => {
    if (!bar.hasPointerCapture(event.pointerId)) return;
    const box = main.getBoundingClientRect();
    set(
      wide.matches
        ? (event.clientX - box.left) / box.width
        : (event.clientY - box.top) / box.height,
    );
  });
  bar.addEventListener('keydown', (event) => {
    const [less, more] = wide.matches ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
    if (event.key === less) set(share() - 0.02);
    else if (event.key === more) set(share() + 0.02);
    else return;
    event.preventDefault();
  });
  wide.addEventListener('change', show);
  show();
  return bar;
}

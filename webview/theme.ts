/** Colours of the charts: names of custom properties in the style sheet, which takes them from VS Code's theme. */
export type ColorName =
  'before' | 'after' | 'loss' | 'validation' | 'gradient' | 'rate' | 'axis' | 'grid' | 'surface';

const resolved = new Map<string, string>();
let probe: HTMLElement | undefined;

/**
 * The colour as the canvas takes it, in the theme of this moment; `opacity` from 0 to 1 thins it.
 */
export function color(name: ColorName, opacity = 1): string {
  const key = `${name} ${opacity}`;
  const known = resolved.get(key);
  if (known !== undefined) return known;
  if (!probe) {
    probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `color-mix(in srgb, var(--normscope-${name}) ${opacity * 100}%, transparent)`;
  const found = getComputedStyle(probe).color;
  resolved.set(key, found);
  return found;
}

/** The font of axes, 11 pixels high. */
export function axisFont(): string {
  return `11px ${fontFamily()}`;
}

export function fontFamily(): string {
  return getComputedStyle(document.body).fontFamily;
}

/** Calls `changed` when VS Code changes the theme: it rewrites the variables on the page and its class. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(() => {
    resolved.clear();
    changed();
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
}

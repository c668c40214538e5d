import { panelHtml } from '../../src/extension/panelHtml.ts';
import type { FromView, SavedViewState, ToView } from '../../src/protocol/view.ts';
import type { VsCodeApi } from '../../webview/host.ts';
import { applyTheme, themes, type Theme } from './themes.ts';

/** The built panel in a frame of its own, with the page, the policy and the API that it has inside VS Code. */
export interface PanelPage {
  readonly window: Window;
  readonly document: Document;
  /** Messages that the panel sent, without `ready` and those of `watched`. */
  readonly sent: FromView[];
  /** Norms whose histograms it asked for, null where it asked for no more. */
  readonly watched: (string | null)[];
  /** What the content security policy forbade. */
  readonly violations: string[];
  /** Errors that nobody caught. */
  readonly errors: string[];
  /** What the panel saved. */
  saved(): SavedViewState | undefined;
  post(message: ToView): void;
  /** Posts anything at all. */
  postRaw(message: unknown): void;
  /** The first element that the selector finds; elements of pictures have all that the tests ask of an HTML element. */
  get(selector: string): HTMLElement;
  all(selector: string): HTMLElement[];
  setTheme(name: Theme['name']): void;
  resize(width: number, height: number): void;
}

export interface PanelPageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly saved?: unknown;
  readonly theme?: Theme['name'];
  readonly layoutWorker?: string;
}

const opened = new Set<HTMLIFrameElement>();

/** Closes every panel that was opened; to be called after each test. */
export function closePanels(): void {
  for (const frame of opened) frame.remove();
  opened.clear();
}

/** Opens the panel and waits until it says that it is ready. */
export async function openPanel(options: PanelPageOptions = {}): Promise<PanelPage> {
  const frame = document.createElement('iframe');
  const resize = (width: number, height: number): void => {
    frame.style.cssText = `position: fixed; inset: 0; border: 0; width: ${width}px; height: ${height}px`;
  };
  resize(options.width ?? 1200, options.height ?? 800);
  document.body.append(frame);
  opened.add(frame);
  const inner = frame.contentWindow;
  if (!inner) throw new Error('The frame has no window.');

  const sent: FromView[] = [];
  const watched: (string | null)[] = [];
  const violations: string[] = [];
  const errors: string[] = [];
  let saved = options.saved;
  const ready = new Promise<void>((resolve) => {
    const api: VsCodeApi = {
      postMessage(message) {
        if (message.type === 'ready') resolve();
        else if (message.type === 'watchHistogram') watched.push(message.norm);
        else sent.push(message);
      },
      getState: () => saved,
      setState(state) {
        saved = structuredClone(state);
      },
    };
    Object.assign(inner, { acquireVsCodeApi: () => api });
  });

  const page = inner.document;
  page.open();
  inner.addEventListener('error', (event) => errors.push(event.message));
  inner.addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
  page.addEventListener('securitypolicyviolation', (event) =>
    violations.push(`${event.effectiveDirective}: ${event.blockedURI}`),
  );
  const { origin } = location;
  // VS Code writes the page into a frame in the same way; so the window keeps its API.
  const writer: { write(text: string): void } = page;
  writer.write(
    panelHtml({
      assets: {
        script: `${origin}/dist/webview/main.js`,
        style: `${origin}/dist/webview/main.css`,
        layoutWorker: options.layoutWorker ?? `${origin}/dist/webview/elk-worker.min.js`,
      },
      cspSource: origin,
      nonce: 'nonce-of-a-test',
      title: 'Normscope',
      language: 'en',
    }),
  );
  page.close();
  const setTheme = (name: Theme['name']): void => {
    const theme = themes.find((candidate) => candidate.name === name);
    if (theme) applyTheme(page, theme);
  };
  setTheme(options.theme ?? 'dark');
  await ready;
  return {
    window: inner,
    document: page,
    sent,
    watched,
    violations,
    errors,
    saved: () => saved as SavedViewState | undefined,
    post: (message) => inner.postMessage(message, '*'),
    postRaw: (message) => inner.postMessage(message, '*'),
    get(selector) {
      const found = page.querySelector<HTMLElement>(selector);
      if (!found) throw new Error(`Nothing matches ${selector}`);
      return found;
    },
    all: (selector) => [...page.querySelectorAll<HTMLElement>(selector)],
    setTheme,
    resize,
  };
}

/** Waits until `holds` is true; the message of the error is its last answer. */
export async function until(
  what: string,
  holds: () => boolean,
  milliseconds = 8000,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`Not within ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** Waits for two animation frames and the longest pause between two drawings of numbers. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 500));
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

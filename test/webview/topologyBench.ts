import type { VsCodeApi } from '../../webview/host.ts';
import type { Measurement } from './measurement.ts';

// The page's side of `bench/topology.ts`: loaded before the panel, in a frame without an extension.

declare global {
  interface Window {
    /** Milliseconds to the frame behind the one in which the nodes are there. */
    timed(what: Measurement): Promise<number>;
  }
}

const longest = 60_000;
const api: VsCodeApi = {
  postMessage: () => undefined,
  getState: () => undefined,
  setState: () => undefined,
};
window.acquireVsCodeApi = () => api;

function frame(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

window.timed = async ({ message, click, nodes, count }) => {
  const start = performance.now();
  if (message) window.postMessage(message);
  document.querySelector<HTMLElement>(`[data-action="${click ?? 'none'}"]`)?.click();
  while (document.querySelectorAll(`.node${nodes}`).length < count) {
    if (performance.now() - start > longest) throw new Error(`There are no ${count} ${nodes}.`);
    await frame();
  }
  await frame();
  return performance.now() - start;
};

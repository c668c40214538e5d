import type { FromView, SavedViewState, ToView } from '../src/protocol/view.ts';
import { isToView } from './isToView.ts';

/** What VS Code gives to a webview. */
export interface VsCodeApi {
  postMessage(message: FromView): void;
  getState(): unknown;
  setState(state: SavedViewState): void;
}

declare global {
  interface Window {
    /** Given to a webview by VS Code; may be called once. */
    acquireVsCodeApi(): VsCodeApi;
  }
}

/** The other side of the panel: VS Code's extension host. The only file that knows how it is reached. */
export interface Host {
  post(message: FromView): void;
  /** What `save` was given before the panel was hidden or reloaded, not checked. */
  saved(): unknown;
  save(state: SavedViewState): void;
  listen(listener: (message: ToView) => void): void;
}

export function acquireHost(): Host {
  const api = window.acquireVsCodeApi();
  return {
    post(message) {
      api.postMessage(message);
    },
    saved() {
      return api.getState();
    },
    save(state) {
      api.setState(state);
    },
    listen(listener) {
      window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (isToView(data)) listener(data);
      });
    },
  };
}

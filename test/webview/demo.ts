import type { FromView, ToView } from '../../src/protocol/view.ts';
import type { VsCodeApi } from '../../webview/host.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { exampleTopology } from './exampleModel.ts';
import {
  gptTopology,
  modelOf,
  residual,
  layer,
  runOf,
  scoredRunOf,
  stepsOf,
} from './sampleModel.ts';
import { sampleHistogram } from './sampleHistogram.ts';
import { applyTheme, themes } from './themes.ts';
import { topologyScene } from './topologyScenes.ts';

// The page of the panel with data like those of a real run, in a theme of choice: to be looked at and photographed.
// Its address says what to show: ?scene=training&theme=dark

declare global {
  interface Window {
    /** Messages that the panel sent. */
    sent: FromView[];
  }
}

const query = new URLSearchParams(location.search);
const theme = themes.find(({ name }) => name === query.get('theme')) ?? themes[0];
let saved: unknown =
  query.get('scene') === 'recent' ? { recent: true, norm: 'blocks.1.mlp.norm' } : undefined;

window.sent = [];
const api: VsCodeApi = {
  postMessage(message) {
    window.sent.push(message);
    if (message.type === 'ready') void show();
    if (
      message.type === 'watchHistogram' &&
      message.norm !== null &&
      query.get('scene') !== 'ended'
    ) {
      window.postMessage({ type: 'delta', histogram: sampleHistogram(message.norm, 1250) });
    }
  },
  getState: () => saved,
  setState(state) {
    saved = state;
  },
};
window.acquireVsCodeApi = () => api;

async function show(): Promise<void> {
  const name = query.get('scene') ?? '';
  const messages = name.startsWith('resnet')
    ? pictures(await exampleTopology(name.replace('-open', '')))
    : (topologyScene(name) ?? scene());
  for (const message of messages) window.postMessage(message);
}

/** A net for pictures, training. */
function pictures(topology: Topology): ToView[] {
  const run = scoredRunOf(topology, 900);
  return [{ type: 'hydrate', model: modelOf(topology), run, selection: null }];
}

function scene(): ToView[] {
  const deep = gptTopology(12);
  const small = gptTopology(2);
  switch (query.get('scene')) {
    case 'empty':
      return [{ type: 'hydrate', model: null, run: null, selection: null }];
    case 'untrained':
      return [{ type: 'hydrate', model: modelOf(small), run: null, selection: null }];
    case 'deep':
      return [{ type: 'hydrate', model: modelOf(deep), run: runOf(deep, 900), selection: null }];
    case 'stale':
      return [
        {
          type: 'hydrate',
          model: modelOf(small, {
            stale: true,
            problems: [
              {
                severity: 'error',
                line: 18,
                message: 'skip has 128 channels, branch has 64: add shortcut: projection',
              },
              {
                severity: 'warning',
                line: 24,
                message: 'A pre-norm stack without a final norm: add LayerNorm before head',
              },
            ],
          }),
          run: null,
          selection: null,
        },
      ];
    case 'lost':
      return [
        {
          type: 'hydrate',
          model: modelOf(small),
          run: runOf(small, 640, {
            resumable: { step: 600 },
            status: {
              state: 'failed',
              step: 640,
              stepsPerSecond: 0,
              error: {
                kind: 'environment',
                code: 'engine-lost',
                message: 'The engine was ended by signal SIGKILL.',
              },
            },
          }),
          selection: null,
        },
      ];
    case 'recent':
      return [{ type: 'hydrate', model: modelOf(small), run: runOf(small, 8000), selection: null }];
    case 'ended':
      return [
        {
          type: 'hydrate',
          model: modelOf(deep),
          run: runOf(deep, 2000, { status: { state: 'ended', step: 2000, stepsPerSecond: 34 } }),
          selection: null,
        },
      ];
    case 'shapes':
      return [
        { type: 'hydrate', model: modelOf(shapes()), run: null, selection: 'stem.projected' },
      ];
    default:
      return [
        {
          type: 'hydrate',
          model: modelOf(small),
          run: runOf(small, 1240),
          selection: 'blocks.1.mlp.norm',
        },
        {
          type: 'delta',
          steps: stepsOf(5, 1240, 10),
          status: { state: 'training', step: 1250, stepsPerSecond: 34.2 },
        },
      ];
  }
}

/** One of everything that a topology can hold. */
function shapes() {
  const inner = residual('stem.projected.inner', 7, [
    layer('stem.projected.inner.0', 'Linear', 8, [256], 65_792),
  ]);
  const projected = residual(
    'stem.projected',
    5,
    [
      layer('stem.projected.norm', 'LayerNorm', 6, [128], 256),
      inner,
      layer('stem.projected.2', 'SiLU', 9, [256]),
    ],
    {
      shortcut: 'projection',
      skip: [layer('stem.projected.shortcut', 'Linear', 5, [256], 32_768)],
      inputShape: [128],
      outputShape: [256],
    },
  );
  const post = residual('post', 10, [layer('post.0', 'Linear', 11, [256], 65_792)], {
    placement: 'post',
    after: [layer('post.norm', 'RMSNorm', 10, [256], 256)],
  });
  const plain = residual(
    'plain',
    12,
    [layer('plain.0', 'Linear', 13, [256], 65_792), layer('plain.1', 'GELU', 14, [256])],
    {
      shortcut: 'none',
      placement: 'none',
    },
  );
  return {
    name: 'shapes',
    items: [
      layer('input', 'Input', 1, [128]),
      projected,
      post,
      plain,
      layer(
        'a layer with a name that is much longer than its node can ever be',
        'Linear',
        15,
        [256],
        65_792,
      ),
      layer('sum', 'Add', 16, [256]),
      layer('loss', 'MSELoss', 17, []),
    ],
    links: [
      { from: 'stem.projected', to: 'sum' },
      { from: 'stem.projected.2', to: 'plain.1' },
    ],
  };
}

if (theme) applyTheme(document, theme);

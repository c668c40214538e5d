import type { ToView } from '../../src/protocol/view.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { gptTopology, layer, modelOf, residual, runOf } from './sampleModel.ts';

/** Models of many layers, and of layers with names that nobody expects, by the name of the scene. */
const topologies: Readonly<Record<string, () => Topology>> = {
  'depth-96': () => gptTopology(96),
  // 83 blocks of 12 nodes each when open, and five around them.
  'nodes-1000': () => gptTopology(83),
  'nodes-1000-open': () => gptTopology(83),
  'nodes-10000': () => gptTopology(833),
  names,
};

/** What the panel is told in a scene of a topology; undefined for other scenes. */
export function topologyScene(name: string): readonly ToView[] | undefined {
  const topology = topologies[name]?.();
  if (!topology) return undefined;
  const run = runOf(topology, 300);
  return [{ type: 'hydrate', model: modelOf(topology), run, selection: null }];
}

function names(): Topology {
  const hostile = '<img src=x onerror="document.title=1">';
  const chinese = '残差网络的第一个编码器模块';
  const long = `a${'Very'.repeat(60)}LongNameOfALayerThatGoesOnAndOn${'And'.repeat(9)}`;
  const block = (path: string, line: number) =>
    residual(path, line, [
      layer(`${path}.norm`, 'LayerNorm', line + 1, [64, 128], 256),
      layer(`${path}.${chinese}`, 'Linear', line + 2, [64, 128], 16_512),
    ]);
  return {
    name: chinese,
    items: [
      layer(chinese, 'Embedding', 1, [64, 128], 8192),
      block(hostile, 2),
      block(long, 5),
      layer(`${chinese}的归一化`, 'LayerNorm', 8, [64, 128], 256),
      layer('loss', 'CrossEntropyLoss', 9, []),
    ],
    links: [{ from: chinese, to: long }],
  };
}

import { render } from 'lit-html';
import { mermaidOf } from '../../src/topology/mermaid.ts';
import type { Topology } from '../../src/topology/topology.ts';
import type { PanelStore } from '../store.ts';
import { pngOfSvg } from '../export/png.ts';
import { standaloneSvg } from '../export/standaloneSvg.ts';
import type { Layout } from './layout.ts';
import { updateNorms } from './liveNorms.ts';
import { pictureTemplate } from './picture.ts';
import { pointsOf } from './rail.ts';
import type { Scene } from './scene.ts';

export type PictureFormat = 'svg' | 'png' | 'mermaid';

/** What of a model is shown. */
export interface ShownPicture {
  readonly topology: Topology;
  readonly scene: Scene;
  readonly layout: Layout;
}

/** Asks the extension to save the picture: as it is collapsed and with its numbers, wherever the window stands; as Mermaid, the whole model. */
export async function exportPicture(
  store: PanelStore,
  { topology, scene, layout }: ShownPicture,
  format: PictureFormat,
): Promise<void> {
  const { name } = topology;
  if (format === 'mermaid') {
    store.send({
      type: 'save',
      name: `${name}.mmd`,
      content: mermaidOf(topology),
      encoding: 'utf8',
    });
    return;
  }
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.classList.add('picture', 'exported');
  const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'g');
  svg.append(drawing);
  document.body.append(svg);
  try {
    const none = new Set<string>();
    const points = pointsOf(store.run);
    const all = { top: -Infinity, bottom: Infinity };
    render(
      pictureTemplate(scene, layout, all, { selected: none, found: none, tabStop: null, points }),
      drawing,
    );
    updateNorms(drawing, store.run, (path) => path);
    const standalone = standaloneSvg(drawing, layout);
    if (format === 'svg')
      store.send({ type: 'save', name: `${name}.svg`, content: standalone.text, encoding: 'utf8' });
    else
      store.send({
        type: 'save',
        name: `${name}.png`,
        content: await pngOfSvg(standalone),
        encoding: 'base64',
      });
  } finally {
    svg.remove();
  }
}

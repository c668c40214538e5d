import assert from 'node:assert/strict';
import { buildTopology } from '../../src/topology/build.ts';
import { mermaidOf } from '../../src/topology/mermaid.ts';
import { check } from '../language/support.ts';
import { onPoints } from '../language/texts.ts';

describe('a topology as Mermaid', () => {
  it('has residuals with fork, skip and sum, and connections by name', () => {
    const text = onPoints(
      '- Residual: { name: r, norm: LayerNorm, shortcut: projection, body: [{ Linear: 8 }] }',
      '- Linear: { name: "a<b>", out_features: 8 }',
      '- Add: { name: s, from: [r, "a<b>"] }',
    );
    const lines = mermaidOf(buildTopology(check(text))).split('\n');
    assert.equal(lines[0], 'flowchart TD');
    const idOf = (label: string) => {
      const line = lines.find((candidate) => candidate.includes(`"${label}`));
      assert.ok(line, label);
      return line.trim().split('[')[0] ?? '';
    };
    const [norm, linear, shortcut] = ['LayerNorm', 'Linear<br/>r.0', 'Linear<br/>r.shortcut'].map(
      idOf,
    );
    const sum = lines
      .find((line) => line.includes('(("+"))'))
      ?.trim()
      .split('(')[0];
    const fork = lines
      .find((line) => line.includes('(( ))'))
      ?.trim()
      .split('(')[0];
    const edges = lines.map((line) => line.trim());
    for (const edge of [
      `${fork} --> ${norm}`,
      `${norm} --> ${linear}`,
      `${linear} --> ${sum}`,
      `${fork} ==> ${shortcut}`,
      `${shortcut} ==> ${sum}`,
      `${sum} -.-> ${idOf('Add')}`,
    ]) {
      assert.ok(edges.includes(edge), edge);
    }
    assert.equal(lines.filter((line) => line.includes('subgraph')).length, 1);
    assert.equal(edges.filter((line) => line === 'end').length, 1);
  });

  it('writes names as text, whatever is in them', () => {
    const layer = {
      kind: 'layer',
      role: 'layer',
      type: 'Linear',
      path: 'x"]; click <img> #1',
      line: 1,
      parameters: 0,
    } as const;
    const written = mermaidOf({ name: 'x', items: [layer], links: [] });
    assert.equal(written, 'flowchart TD\n  n0["Linear<br/>x#quot;]; click #lt;img#gt; #35;1"]\n');
  });
});

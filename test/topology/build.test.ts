import assert from 'node:assert/strict';
import { checkModel } from '../../src/language/check/check.ts';
import { buildTopology } from '../../src/topology/build.ts';
import { childrenOf, type Topology, type TopologyItem } from '../../src/topology/topology.ts';
import { check, examples } from '../language/support.ts';
import { onPoints } from '../language/texts.ts';

/** A topology as lines: indented, a word per item. */
function outline(topology: Topology): readonly string[] {
  const lines: string[] = [];
  const visit = (item: TopologyItem, indent: string): void => {
    switch (item.kind) {
      case 'layer':
        lines.push(
          `${indent}${item.path} ${item.type}${item.role === 'layer' ? '' : ` (${item.role})`}`,
        );
        return;
      case 'group':
        lines.push(
          `${indent}${item.path} [${item.label}]${item.times === undefined ? '' : ` × ${item.times}`}`,
        );
        for (const inner of item.items) visit(inner, `${indent}  `);
        return;
      case 'residual':
        lines.push(`${indent}${item.path} ${item.placement} ${item.shortcut}`);
        for (const inner of item.branch) visit(inner, `${indent}  | `);
        for (const inner of item.skip) visit(inner, `${indent}  + `);
        for (const inner of item.after) visit(inner, `${indent}  > `);
    }
  };
  for (const item of topology.items) visit(item, '');
  return lines;
}

function allOf(items: readonly TopologyItem[]): readonly TopologyItem[] {
  return items.flatMap((item) => [item, ...allOf(childrenOf(item))]);
}

function topologyOf(text: string): Topology {
  return buildTopology(check(text));
}

describe('topology of a model', () => {
  it('has the input first, the loss last, and a group for each time of a Repeat', () => {
    const topology = topologyOf(examples.get('char-gpt') ?? '');
    assert.equal(topology.name, 'char-gpt');
    const block = (n: number): readonly string[] => [
      `blocks.${n} [Block ${n}]`,
      `  blocks.${n}.attention pre identity`,
      `    | blocks.${n}.attention.norm LayerNorm (norm)`,
      `    | blocks.${n}.attention.0 MultiheadAttention`,
      `  blocks.${n}.mlp pre identity`,
      `    | blocks.${n}.mlp.norm LayerNorm (norm)`,
      `    | blocks.${n}.mlp.0 Linear`,
      `    | blocks.${n}.mlp.1 GELU`,
      `    | blocks.${n}.mlp.2 Linear`,
    ];
    const blocks = [0, 1, 2, 3].flatMap(block);
    assert.deepEqual(outline(topology), [
      'input Input (input)',
      'tokens Embedding',
      'positions PositionalEmbedding',
      'blocks [blocks] × 4',
      ...blocks.map((line) => `  ${line}`),
      'norm LayerNorm (norm)',
      'head Linear',
      'loss CrossEntropyLoss (loss)',
    ]);
    const [input, embedding] = topology.items;
    assert.deepEqual(input?.outputShape, [64]);
    assert.deepEqual(embedding?.outputShape, [64, 128]);
    assert.equal(embedding.parameters, 65 * 128);
    assert.deepEqual(topology.links, []);
  });

  it('puts the norms of each placement where they are computed', () => {
    const residual = (placement: string): readonly string[] =>
      outline(
        topologyOf(
          onPoints(
            `- Residual: { name: r, norm: RMSNorm, placement: ${placement}, shortcut: projection, body: [{ Linear: 8 }] }`,
            '- Linear: 4',
          ),
        ),
      ).slice(1, -2);
    assert.deepEqual(residual('pre'), [
      'r pre projection',
      '  | r.norm RMSNorm (norm)',
      '  | r.0 Linear',
      '  + r.shortcut Linear',
    ]);
    assert.deepEqual(residual('post'), [
      'r post projection',
      '  | r.0 Linear',
      '  + r.shortcut Linear',
      '  > r.norm RMSNorm (norm)',
    ]);
    assert.deepEqual(residual('peri'), [
      'r peri projection',
      '  | r.norm RMSNorm (norm)',
      '  | r.0 Linear',
      '  | r.norm_out RMSNorm (norm)',
      '  + r.shortcut Linear',
    ]);
    assert.deepEqual(residual('none'), [
      'r none projection',
      '  | r.0 Linear',
      '  + r.shortcut Linear',
    ]);
  });

  it('has the 1×1 convolution and the norm of a projection on the skip, and the sizes of pictures', () => {
    const facts = { sample: [3, 64, 64], classes: 10 };
    const topology = buildTopology(checkModel(examples.get('resnet-18') ?? '', { facts }));
    const layer2 = topology.items.find(({ path }) => path === 'layer2');
    assert.ok(layer2?.kind === 'group');
    assert.deepEqual(layer2.inputShape, [64, 16, 16]);
    const [down, block] = layer2.items;
    assert.ok(down?.kind === 'residual' && block?.kind === 'residual');
    const outside = { ...topology, items: [down] };
    assert.deepEqual(outline(outside), [
      'layer2.0 none projection',
      '  | layer2.0.conv1 Conv2d',
      '  | layer2.0.bn1 BatchNorm2d (norm)',
      '  | layer2.0.2 ReLU',
      '  | layer2.0.conv2 Conv2d',
      '  | layer2.0.bn2 BatchNorm2d (norm)',
      '  + layer2.0.downsample.0 Conv2d 1×1',
      '  + layer2.0.downsample.1 BatchNorm2d (norm)',
      '  > layer2.0.after ReLU',
    ]);
    const [convolution, norm] = down.skip;
    assert.deepEqual(convolution?.inputShape, [64, 16, 16]);
    assert.deepEqual(convolution.outputShape, [128, 8, 8]);
    assert.equal(convolution.parameters, 64 * 128);
    assert.equal(norm?.inputShape, undefined, 'a norm keeps the shape');
    assert.deepEqual(norm?.outputShape, [128, 8, 8]);
    assert.deepEqual(block.skip, []);
    assert.equal(block.inputShape, undefined);
  });

  it('links layers that take values by name', () => {
    const { links } = topologyOf(
      onPoints(
        '- Linear: { out_features: 4, name: a }',
        '- Sequential: { name: s, body: [{ Linear: { out_features: 4, from: input, name: b } }] }',
        '- Add: { from: [a, s.b], name: sum }',
      ),
    );
    assert.deepEqual(links, [
      { from: 'input', to: 's.b' },
      { from: 'a', to: 'sum' },
      { from: 's.b', to: 'sum' },
    ]);
  });

  it('draws what can be read of a broken file, without shapes after the mistake', () => {
    const topology = topologyOf(
      onPoints(
        '- Linear: 8',
        '- Residual: { norm: LayerNorm, placement: sideways, body: [{ Linear: 9 }, Gelu] }',
        '- Linear: 4',
      ),
    );
    assert.deepEqual(outline(topology), [
      'input Input (input)',
      '0 Linear',
      '1 pre identity',
      '  | 1.norm LayerNorm (norm)',
      '  | 1.0 Linear',
      '  | 1.1 Gelu',
      '2 Linear',
      'loss CrossEntropyLoss (loss)',
    ]);
    assert.deepEqual(
      topology.items.map(({ outputShape }) => outputShape),
      [[6], [8], undefined, undefined, []],
    );
    assert.deepEqual(
      topology.items.map(({ problem }) => problem?.includes('add shortcut: projection') ?? false),
      [false, false, true, false, false],
    );
    assert.deepEqual(outline(topologyOf('')), []);
  });

  it('keeps the place of a layer that nobody knows, says why, and draws what is behind it', () => {
    const topology = topologyOf(
      onPoints(
        '- Linear: 6',
        '- Repeat: { times: 2, name: blocks, body: [{ Residual: { norm: LayrNorm, body: [Linea] } }, GELU] }',
        '- Linear: 4',
      ),
    );
    const layers = allOf(topology.items).filter(({ kind }) => kind === 'layer');
    assert.deepEqual(
      layers.map(({ path, outputShape, problem }) => {
        return [path, outputShape?.join('×'), problem?.match(/'(\w+)'/)?.[1]];
      }),
      [
        ['input', '6', undefined],
        ['0', '6', undefined],
        ...[0, 1].flatMap((n) => [
          [`blocks.${n}.0.norm`, undefined, 'LayrNorm'],
          [`blocks.${n}.0.0`, undefined, 'Linea'],
          [`blocks.${n}.1`, '6', undefined],
        ]),
        ['2', '4', undefined],
        ['loss', '', undefined],
      ],
    );
  });
});

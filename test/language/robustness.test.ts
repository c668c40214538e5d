import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkModel, dataSettingsOf } from '../../src/language/check/check.ts';
import { allItems } from '../../src/language/edit/paths.ts';
import { diagnosticCodes } from '../../src/language/syntax/codes.ts';
import { layerDefinitions } from '../../src/language/layers/registry.ts';
import { buildTopology } from '../../src/topology/build.ts';
import { check, examples } from './support.ts';

/** What these hold, resnet-mnist holds in fewer stages. */
const larger = ['resnet-18', 'resnet-20'];

/** The examples, each block once: as many kinds of mistakes, in a third of the time. */
const shallow = [...examples]
  .filter(([name]) => !larger.includes(name))
  .map(([, text]) => text.replace(/depth: \d+/, 'depth: 1'));

/** What texts are mutated from: the examples without comments, and the constructs that they leave out. */
const seeds = [
  ...shallow.map((text) => text.replaceAll(/^\s*#.*\n| #.*$/gm, '')),
  `model: graph
let: { w: 8, where: peri }
layers:
  - Linear: { out_features: w, name: left, init: { weight: { kaiming_normal: { a: 1 } } } }
  - Linear: { out_features: w, name: right, from: input, share: { weight: left.weight } }
  - Residual: { norm: RMSNorm, placement: where, shortcut: projection, scale: 0.5, body: [Tanh] }
  - Add: { from: [left, right], name: sum }
  - Concat: { from: [sum, left], dim: -1 }
  - Mul: { factor: 1 / sqrt(w) }
  - Reshape: [2, -1]
  - Mean: { dim: 1, keepdim: true }
  - Flatten
  - Softmax: 1
  - Linear: classes
train:
  data: { gaussian-blobs: { classes: 3, features: 5 } }
  optimizer: { SGD: { lr: 0.1, momentum: 0.9, nesterov: true } }
`,
];

/** Everything that an editor does with a text; what comes out must be sound, whatever the text. */
function useAll(text: string): void {
  const report = check(text);
  const lines = text.split(/\r\n|\r|\n/).length;
  for (const { code, message, range } of report.diagnostics) {
    assert.ok(Object.hasOwn(diagnosticCodes, code));
    assert.notEqual(message, '');
    assert.ok(range.start.line >= 1 && range.start.column >= 1 && range.end.line <= lines + 1);
    const { start, end } = range;
    assert.ok(start.line < end.line || (start.line === end.line && start.column <= end.column));
  }
  const hasError = report.diagnostics.some(({ severity }) => severity === 'error');
  assert.ok(!(hasError && report.model));
  assert.ok(hasError || report.model, 'a model without error is a model');
  buildTopology(report);
}

/** Pieces that are put into texts: half of the language, and what YAML and JavaScript may stumble over. */
const pieces = [
  ...layerDefinitions.map(({ type }) => type),
  ...layerDefinitions.flatMap((layer) => Object.keys(layer.arguments)),
  ...['name', 'from', 'init', 'share', 'let', 'define', 'layers', 'train', 'data', 'input'],
  ...[
    '0',
    '-1',
    '2.5',
    '1e9',
    '1e309',
    '.nan',
    '.inf',
    '0x10',
    'true',
    'null',
    '~',
    'none',
    'post',
  ],
  ...['[', ']', '{', '}', ':', ': ', ', ', '- ', '\n', '\n  ', '\t', '\r', '&a ', '*a', '<<: *a'],
  ...[
    '"',
    "'",
    '|',
    '>',
    '#',
    '!!binary ',
    '!!map ',
    '? ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\u0000',
  ],
  ...['**', '(', ')', '+', '/ 0', 'sqrt(', 'width', 'vocabulary', '__proto__', 'constructor'],
  ...['MSELoss', 'two-spirals', 'gaussian-blobs', 'copy', '\ud800', '\u2028', 'ﬀ'],
];

type Mutation = (text: string) => string;

/** A number in [0, 1) to choose a place with, whatever the length of the text. */
const share = fc.double({ min: 0, max: 0.999, noNaN: true });

function at(text: string, where: number): number {
  return Math.floor(where * (text.length + 1));
}

function spliceLines(text: string, from: number, count: number, to: number | undefined): string {
  const lines = text.split('\n');
  const start = Math.floor(from * lines.length);
  const moved = lines.slice(start, start + count);
  if (to === undefined) lines.splice(start, count);
  else lines.splice(Math.floor(to * lines.length), 0, ...moved);
  return lines.join('\n');
}

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(share, fc.constantFrom(...pieces)).map(([where, piece]): Mutation => {
    return (text) => text.slice(0, at(text, where)) + piece + text.slice(at(text, where));
  }),
  fc.tuple(share, fc.integer({ min: 1, max: 20 })).map(([where, count]): Mutation => {
    return (text) => text.slice(0, at(text, where)) + text.slice(at(text, where) + count);
  }),
  fc.tuple(share, fc.constantFrom(...pieces)).map(([where, piece]): Mutation => {
    return (text) => {
      const words = [...text.matchAll(/[\w.-]+/g)];
      const word = words[Math.floor(where * words.length)];
      if (word === undefined) return piece;
      return text.slice(0, word.index) + piece + text.slice(word.index + word[0].length);
    };
  }),
  fc.tuple(share, fc.integer({ min: 1, max: 4 }), share).map(([from, count, to]): Mutation => {
    return (text) => spliceLines(text, from, count, to);
  }),
  fc.tuple(share, fc.integer({ min: 1, max: 4 })).map(([from, count]): Mutation => {
    return (text) => spliceLines(text, from, count, undefined);
  }),
);

/** As many mutated texts as a build server has time for; NORMSCOPE_MUTANTS=20000 tries more. */
const mutants = Number(process.env['NORMSCOPE_MUTANTS'] ?? 5000);

describe('any text', () => {
  it('every prefix of every example is handled', function () {
    this.timeout(600_000);
    for (const text of shallow) {
      for (let length = 0; length <= text.length; length++) {
        const prefix = text.slice(0, length);
        useAll(prefix);
        dataSettingsOf(prefix);
      }
    }
  });

  it(`${mutants} mutated examples are handled`, function () {
    this.timeout(3_600_000);
    const mutant = fc
      .tuple(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 5 }))
      .map(([text, mutations]) => mutations.reduce((result, mutate) => mutate(result), text));
    fc.assert(fc.property(mutant, useAll), { numRuns: mutants, endOnFailure: true });
  });

  it('500 random texts are handled', () => {
    const random = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string())).map((parts) => {
      return parts.join(' ');
    });
    fc.assert(fc.property(random, useAll), { numRuns: 500 });
  });

  const deep: readonly (readonly [string, string])[] = [
    ['lists in lists', '['],
    ['entries in entries', '- '],
    ['keys as keys', '? '],
    ['maps in maps', '{a: '],
    ['layers in layers', '{ Residual: { body: [ '],
  ];
  for (const [what, piece] of deep) {
    it(`100,000 characters of ${what} are refused and end no process`, () => {
      const text = `layers:\n  ${piece.repeat(100_000 / piece.length)}`;
      assert.deepEqual(
        checkModel(text).diagnostics.map(({ code }) => code),
        ['too-deep'],
      );
    });
  }

  it('a text of megabytes is refused', () => {
    const { diagnostics } = checkModel('layers:\n' + '  - ReLU\n'.repeat(300_000));
    assert.equal(diagnostics[0]?.code, 'too-large');
  });

  it('repeats of repeats, and defines of defines, end at the limit', () => {
    const nested = '{ Repeat: { times: 9999, body: ['.repeat(5) + 'ReLU' + '] } }'.repeat(5);
    const doubling = Array.from({ length: 40 }, (_, i) => `A${i}: [A${i + 1}, A${i + 1}]`);
    const texts = [
      `layers: [${nested}]\ntrain: { data: two-spirals }\n`,
      `define: { ${doubling.join(', ')}, A40: [] }\nlayers: [A0]\ntrain: { data: two-spirals }\n`,
    ];
    for (const text of texts) {
      const { diagnostics, tree } = checkModel(text);
      assert.ok(diagnostics.some(({ code }) => code === 'too-many-layers'));
      // The limit is 50,000, and each of these may stand in a group of its own, which is not counted.
      const written = [...allItems(tree.items)].length;
      assert.ok(written <= 100_100, `${written} layers are written out`);
    }
  });

  it('at most 200 diagnostics are reported', () => {
    const text = `layers:\n${'  - Nothing: 3\n'.repeat(1000)}`;
    assert.equal(checkModel(text).diagnostics.length, 200);
  });

  it('10,000 layers are checked', function () {
    this.timeout(60_000);
    const layers: readonly (readonly [string, string])[] = [
      ['Linear', '  - Linear: 16\n'.repeat(10_000)],
      ['named', '  - LayerNorm: { eps: 1e-6, bias: false }\n'.repeat(10_000)],
      ['repeated', '  - Repeat: { times: 10000, body: [ReLU] }\n'.repeat(1)],
    ];
    for (const [what, lines] of layers) {
      const text = `layers:\n  - Linear: 2\n${lines}train:\n  data: two-spirals\n`;
      const report = checkModel(text);
      assert.ok(report.layers.length > 10_000, what);
      assert.ok(report.model, what);
    }
  });
});

import assert from 'node:assert/strict';
import { parseModelText } from '../../src/language/syntax/document.ts';
import { entryOf, type Range, type SyntaxMap } from '../../src/language/syntax/tree.ts';

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly range: Range;
}

function parse(text: string, overrides: readonly string[] = []) {
  const problems: Problem[] = [];
  const root = parseModelText(text, overrides, (code, message, range) => {
    problems.push({ code, message, range });
  });
  return { root, problems, codes: problems.map(({ code }) => code) };
}

function valueAt(root: SyntaxMap | undefined, ...keys: readonly string[]): unknown {
  let node: SyntaxMap | undefined = root;
  for (const key of keys) {
    const value: unknown = node && entryOf(node, key)?.value;
    if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
    if (value.kind !== 'map') return (value as { readonly value?: unknown }).value;
    node = value as SyntaxMap;
  }
  return node;
}

describe('model text', () => {
  it('gives keys and values their places, lines and columns from 1', () => {
    const { root, codes } = parse('model: x\nlet:\n  width: 4 * 32\n');
    assert.deepEqual(codes, []);
    const lets = root && entryOf(root, 'let');
    assert.ok(lets?.value.kind === 'map');
    const width = entryOf(lets.value, 'width');
    assert.deepEqual(width?.keyRange, {
      start: { line: 3, column: 3 },
      end: { line: 3, column: 8 },
    });
    assert.deepEqual(width.value, {
      kind: 'scalar',
      value: '4 * 32',
      text: '4 * 32',
      range: { start: { line: 3, column: 10 }, end: { line: 3, column: 16 } },
    });
  });

  it('keeps what is right of a broken text', () => {
    const { root, codes } = parse('model: x\nlet: { width: 3\nlayers:\n  - Linear: 4\n');
    assert.ok(codes.includes('syntax'));
    assert.equal(valueAt(root, 'model'), 'x');
  });

  it('reads aliases, also one that is used again and again', () => {
    const { root, codes } = parse('let: { a: &a 3, b: *a, c: *a }\n');
    assert.deepEqual(codes, []);
    assert.equal(valueAt(root, 'let', 'c'), 3);
  });

  it('takes the newest anchor before an alias', () => {
    const { root } = parse('let: { a: &a 3, b: *a, c: &a 4, d: *a }\n');
    assert.deepEqual([valueAt(root, 'let', 'b'), valueAt(root, 'let', 'd')], [3, 4]);
  });

  it('refuses an alias without an anchor, and one inside of its own anchor', () => {
    assert.deepEqual(parse('let: { a: *b, c: &b 3 }\n').codes.includes('syntax'), true);
    const inside = parse('layers: &a\n  - *a\n');
    assert.match(inside.problems[0]?.message ?? '', /\*a is used inside of &a itself/);
  });

  it('refuses an alias bomb, which would not end before the test does', () => {
    const levels = Array.from({ length: 30 }, (_, i) => {
      const inner = i === 0 ? 'x' : `*l${i - 1}`;
      return `  l${i}: &l${i} [${Array(9).fill(inner).join(', ')}]`;
    });
    const { root, codes } = parse(`let:\n${levels.join('\n')}\n`);
    assert.equal(root, undefined);
    assert.deepEqual(codes, ['too-many-aliases']);
  });

  it('refuses nesting without end', () => {
    assert.ok(parse(`let: ${'['.repeat(500)}`).codes.includes('too-deep'));
    assert.ok(parse(`let: ${'['.repeat(200_000)}`).codes.includes('too-deep'));
  });

  it('names the first of two equal keys', () => {
    const { problems } = parse('model: x\nlet: {}\nmodel: y\n');
    assert.equal(problems[0]?.code, 'duplicate-key');
    assert.match(problems[0].message, /'model' stands here twice, first on line 1/);
    assert.equal(problems[0].range.start.line, 3);
  });

  it('takes names of object prototypes as plain keys', () => {
    const { root } = parse('__proto__: { polluted: true }\nconstructor: 1\n');
    assert.equal(valueAt(root, 'constructor'), 1);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.deepEqual(
      root?.entries.map(({ key }) => key),
      ['__proto__', 'constructor'],
    );
  });

  it('refuses a text that is no map', () => {
    assert.deepEqual(parse('just words\n').codes, ['wrong-kind']);
    assert.deepEqual(parse('').codes, ['missing-key']);
    assert.deepEqual(parse('# a comment\n').codes, ['missing-key']);
  });
});

describe('overrides', () => {
  const text = 'let: { depth: 4, width: 8 }\nlayers:\n  - Linear: 3\ntrain:\n  data: two-spirals\n';

  it('change values that are there', () => {
    const { root, codes } = parse(text, ['let.depth=2 * width', 'train.data={ copy: {} }']);
    assert.deepEqual(codes, []);
    assert.equal(valueAt(root, 'let', 'depth'), '2 * width');
  });

  it('reach into lists, and add what the file leaves out', () => {
    const { root, codes } = parse(text, [
      'layers.0.Linear=5',
      'train.steps=7',
      'train.schedule.warmup=3',
    ]);
    assert.deepEqual(codes, []);
    assert.equal(valueAt(root, 'train', 'steps'), 7);
    assert.equal(valueAt(root, 'train', 'schedule', 'warmup'), 3);
    const layers = root && entryOf(root, 'layers')?.value;
    assert.ok(layers?.kind === 'list' && layers.items[0]?.kind === 'map');
    assert.equal(valueAt(layers.items[0], 'Linear'), 5);
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ['depth', /write path=value/],
    ['=3', /write path=value/],
    ['let..depth=3', /write path=value/],
    ['let.depht=3', /let has no 'depht'; did you mean 'depth'\?/],
    ['let.depth.more=3', /let\.depth is a single value/],
    ['layers.7.Linear=3', /layers is a list without an entry 7/],
    ['layers.x=3', /layers is a list without an entry x/],
    ['let.depth=[1', /not valid YAML/],
  ];
  for (const [override, message] of refused) {
    it(`${override} is refused`, () => {
      const { problems } = parse(text, [override]);
      assert.equal(problems[0]?.code, 'bad-override');
      assert.match(problems[0].message, message);
    });
  }
});

import assert from 'node:assert/strict';
import { folds } from '../../../src/language/edit/folding.ts';
import { examples } from '../support.ts';

describe('folding', () => {
  it('offers sections, defines, layers over several lines, brackets and comments', () => {
    const text = `# one
# two
model: x

define:
  Block:
    - Residual:
        body:
          - GELU
          # the last

layers:
  - Repeat: {
      times: 3,
      body: [Block]
    }
  - GELU
train:
  data: x
`;
    assert.deepEqual(
      folds(text).map(({ first, last, isComment }) => [first, last, isComment]),
      [
        [1, 2, true],
        [5, 9, false],
        [6, 9, false],
        [7, 9, false],
        [8, 9, false],
        [12, 17, false],
        [13, 16, false],
        [18, 19, false],
      ],
    );
  });

  it('offers lines of the text, while it is half typed, too', () => {
    for (const text of examples.values()) {
      for (let end = 0; end <= text.length; end += 41) {
        const half = text.slice(0, end);
        const count = half.split('\n').length;
        for (const { first, last } of folds(half))
          assert.ok(0 < first && first < last && last <= count);
      }
    }
  });
});

import assert from 'node:assert/strict';
import type { DataSource, Batch } from '../../src/engine/data/source.ts';
import { createBatch } from '../../src/engine/data/source.ts';
import { TaskSource } from '../../src/engine/data/tasks.ts';
import type { TokenizedText } from '../../src/engine/data/text.ts';
import { TextSource } from '../../src/engine/data/textSource.ts';
import { batchTensors } from '../../src/language/lower/lower.ts';
import type { DataSettings } from '../../src/language/settings.ts';

type TextSettings = Extract<DataSettings, { readonly kind: 'text' }>;

const ignored = -100;

function textSettings(changes: Partial<TextSettings> = {}): TextSettings {
  return { kind: 'text', files: 'a.txt', context: 8, validation: 0.25, masked: 0, ...changes };
}

/** Token i of the text is i modulo 7. */
function countingText(length: number): TokenizedText {
  const tokens = Uint8Array.from({ length }, (_, i) => i % 7);
  return { tokens, symbols: Uint32Array.from({ length: 7 }, (_, i) => 97 + i), files: [] };
}

function emptyBatch(settings: DataSettings, size: number): Batch {
  return createBatch(batchTensors(settings, {}, size));
}

function rows(values: ArrayLike<number>, width: number): number[][] {
  const list = Array.from(values);
  return Array.from({ length: list.length / width }, (_, row) =>
    list.slice(row * width, (row + 1) * width),
  );
}

/** Filling depends on the batch number alone, not on what was filled before. */
function assertReplays(source: DataSource, again: DataSource, settings: DataSettings): void {
  const [batch, other] = [emptyBatch(settings, 5), emptyBatch(settings, 5)];
  source.fillTraining(0, batch);
  source.fillTraining(41, batch);
  again.fillTraining(41, other);
  assert.deepEqual(batch, other);
  again.fillTraining(42, other);
  assert.notDeepEqual(batch, other);
}

describe('batches of a text', () => {
  it('are windows of the training part with the next token as target', () => {
    const settings = textSettings();
    const source = new TextSource(countingText(400), settings, 1, ignored);
    const batch = emptyBatch(settings, 200);
    source.fillTraining(0, batch);
    const starts = new Set<number>();
    rows(batch.input, 8).forEach((row, index) => {
      starts.add(row[0]!);
      row.forEach((token, i) => {
        assert.equal(token, (row[0]! + i) % 7);
        assert.equal(batch.targets[index * 8 + i], (token + 1) % 7);
      });
    });
    assert.equal(starts.size, 7, 'windows begin anywhere');
    assertReplays(source, new TextSource(countingText(400), settings, 1, ignored), settings);
  });

  it('never show the validation part in training', () => {
    const settings = textSettings();
    const tokens = new Uint8Array(400).fill(1).fill(2, 300);
    const source = new TextSource(
      { ...countingText(0), tokens, symbols: new Uint32Array(3) },
      settings,
      1,
      ignored,
    );
    const batch = emptyBatch(settings, 64);
    for (let index = 0; index < 50; index++) {
      source.fillTraining(index, batch);
      assert.ok(batch.input.every((token) => token === 1));
      assert.ok(batch.targets.every((token) => token === 1));
    }
    source.fillValidation(0, batch);
    assert.ok(batch.targets.every((token) => token === 2 || token === ignored));
  });

  it('of the validation part hold each of its targets once, the last window shorter', () => {
    for (const length of [400, 397, 393]) {
      const settings = textSettings();
      const text = countingText(length);
      const source = new TextSource(text, settings, 1, ignored);
      const held = text.tokens.subarray(Math.floor(length * 0.75));
      const batch = emptyBatch(settings, 5);
      const targets: number[] = [];
      let counted = 0;
      for (let index = 0; index < source.validationBatches(5); index++) {
        counted += source.fillValidation(index, batch);
        targets.push(...batch.targets.filter((target) => target !== ignored));
      }
      assert.deepEqual(targets, [...held.subarray(1)]);
      assert.equal(counted, held.length - 1);
    }
  });

  it('hide the asked share of tokens when they are to be guessed, as BERT does', () => {
    const settings = textSettings({ masked: 0.15, validation: 0 });
    const source = new TextSource(countingText(4000), settings, 3, ignored);
    assert.equal(source.facts.vocabulary, 8);
    const batch = emptyBatch(settings, 2000);
    source.fillTraining(0, batch);
    let [chosen, hidden, kept, replaced] = [0, 0, 0, 0];
    batch.targets.forEach((target, i) => {
      if (target === ignored) return;
      chosen++;
      if (batch.input[i] === 7) hidden++;
      else if (batch.input[i] === target) kept++;
      else replaced++;
    });
    // Five standard deviations of binomial shares of 16,000 positions and of the chosen ones.
    const near = (count: number, of: number, share: number): void => {
      const tolerance = 5 * Math.sqrt((share * (1 - share)) / of);
      assert.ok(Math.abs(count / of - share) < tolerance, `${count / of} for ${share}`);
    };
    near(chosen, batch.targets.length, 0.15);
    near(hidden, chosen, 0.8);
    // One random token in seven is the old one.
    near(replaced, chosen, 0.1 * (6 / 7));
    near(kept, chosen, 0.1 + 0.1 / 7);
    assertReplays(source, new TextSource(countingText(4000), settings, 3, ignored), settings);
  });

  it('need parts as long as a window, and say how long they are', () => {
    const short = (length: number, changes: Partial<TextSettings>): (() => DataSource) => {
      return () => new TextSource(countingText(length), textSettings(changes), 1, ignored);
    };
    assert.throws(short(11, {}), {
      code: 'data-too-short',
      message: /training part 8 characters.*needs at least 9/,
    });
    assert.throws(short(11, { validation: 0.1, context: 9 }), { code: 'data-too-short' });
    assert.throws(short(40, { validation: 0.01 }), {
      code: 'data-too-short',
      message: /validation part 1 character \(/,
    });
    assert.ok(short(12, {})());
    assert.equal(short(9, { validation: 0 })().validationBatches(4), 0);
  });

  it('have other numbers for nothing to predict where the loss has', () => {
    const settings = textSettings({ masked: 0.5 });
    const source = new TextSource(countingText(400), settings, 1, -1);
    const batch = emptyBatch(settings, 20);
    source.fillTraining(0, batch);
    assert.ok(batch.targets.includes(-1) && !batch.targets.includes(-100));
  });
});

describe('made-up tasks', () => {
  it('copy and sort give the sequence, the separator and the answer, padded', () => {
    for (const kind of ['copy', 'sort'] as const) {
      const settings = { kind, symbols: 5, length: 4, minLength: 2 };
      const source = new TaskSource(settings, 9, ignored);
      const batch = emptyBatch(settings, 300);
      source.fillTraining(0, batch);
      const lengths = new Set<number>();
      rows(batch.input, 8).forEach((row, index) => {
        const length = row.indexOf(5);
        lengths.add(length);
        const sequence = row.slice(0, length);
        const answer = kind === 'sort' ? sequence.toSorted() : sequence;
        const padding = new Array<number>(8 - 2 * length);
        assert.deepEqual(row, [...sequence, 5, ...answer.slice(0, -1), ...padding.fill(6)]);
        const targets = [...batch.targets.subarray(index * 8, index * 8 + 8)];
        const none = new Array<number>(8).fill(ignored);
        none.splice(length, length, ...answer);
        assert.deepEqual(targets, none);
        const mask = [...batch.padding!.subarray(index * 8, index * 8 + 8)];
        assert.deepEqual(
          mask,
          row.map((_, i) => Number(i >= 2 * length)),
        );
      });
      assert.deepEqual([...lengths].sort(), [2, 3, 4]);
      assertReplays(source, new TaskSource(settings, 9, ignored), settings);
    }
  });

  it('modular addition trains on other pairs than it validates on, and on all of them together', () => {
    const settings = { kind: 'modular-addition', modulus: 7, validation: 0.4 } as const;
    const source = new TaskSource(settings, 2, ignored);
    const batch = emptyBatch(settings, 10);
    const pairs = (fill: (index: number) => void, batches: number): Set<string> => {
      const found = new Set<string>();
      for (let index = 0; index < batches; index++) {
        fill(index);
        rows(batch.input, 4).forEach(([a, plus, b, equals], row) => {
          assert.deepEqual([plus, equals], [7, 8]);
          const targets = [...batch.targets.subarray(row * 4, row * 4 + 4)];
          if (targets[3] !== ignored) {
            assert.deepEqual(targets, [ignored, ignored, ignored, (a! + b!) % 7]);
            found.add(`${a} ${b}`);
          }
        });
      }
      return found;
    };
    const training = pairs((index) => source.fillTraining(index, batch), 100);
    let counted = 0;
    const validation = pairs((index) => {
      counted += source.fillValidation(index, batch);
    }, source.validationBatches(10));
    assert.equal(validation.size, Math.floor(49 * 0.4));
    assert.equal(counted, validation.size, 'each once');
    assert.equal(training.size + validation.size, 49);
    assert.ok([...validation].every((pair) => !training.has(pair)));
    assertReplays(source, new TaskSource(settings, 2, ignored), settings);
  });

  it('blobs lie around a centre for each class', () => {
    const settings = { kind: 'gaussian-blobs', classes: 3, features: 2, spread: 0.5 } as const;
    const source = new TaskSource(settings, 4, ignored);
    const batch = emptyBatch(settings, 3000);
    source.fillTraining(0, batch);
    for (let label = 0; label < 3; label++) {
      const own = rows(batch.input, 2).filter((_, row) => batch.targets[row] === label);
      for (const axis of [0, 1]) {
        const values = own.map((point) => point[axis]!);
        const mean = values.reduce((a, b) => a + b) / values.length;
        const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
        // About 1000 points: five standard deviations of a sample variance.
        assert.ok(Math.abs(variance / 0.25 - 1) < 5 * Math.sqrt(2 / own.length));
      }
    }
    assertReplays(source, new TaskSource(settings, 4, ignored), settings);
  });

  it('spirals are each other turned by half a circle', () => {
    const settings = { kind: 'two-spirals', noise: 0, turns: 2 } as const;
    const source = new TaskSource(settings, 4, ignored);
    const batch = emptyBatch(settings, 100);
    source.fillTraining(3, batch);
    rows(batch.input, 2).forEach(([x, y], row) => {
      const radius = Math.hypot(x!, y!);
      const angle = 4 * Math.PI * radius + Math.PI * batch.targets[row]!;
      assert.ok(Math.abs(x! - radius * Math.cos(angle)) < 1e-5);
      assert.ok(Math.abs(y! - radius * Math.sin(angle)) < 1e-5);
    });
    assert.equal(new Set(batch.targets).size, 2);
    assertReplays(source, new TaskSource(settings, 4, ignored), settings);
  });
});

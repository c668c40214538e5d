import type { ForwardModel } from '../../compiler/graph/model.ts';
import type { Shape } from '../../compiler/graph/types.ts';
import type { LossSettings } from '../../language/settings.ts';
import type { TensorBinding } from '../runtime/session.ts';

/** Matrices of more classes are too large to look at, and to keep. */
const mostShownClasses = 256;

/** The output of a model that gives each case of a batch one class; undefined for other models, such as those of sequences. */
export function classOutput(
  { batch, output }: Pick<ForwardModel, 'batch' | 'output'>,
  loss: LossSettings,
): ClassOutput | undefined {
  if (loss.type !== 'CrossEntropyLoss' || output.shape.length !== 2) return undefined;
  const targets = batch.find(({ role }) => role === 'target')?.value;
  return targets?.shape.length === 1 ? new ClassOutput(output.shape, loss.ignore_index) : undefined;
}

/** The output of a network that gives each case of a batch one class, and the array that it is fetched to. */
export class ClassOutput {
  readonly binding: TensorBinding;
  private readonly data: Float32Array;
  readonly classes: number;
  private readonly ignored: number;

  /** `shape` is [cases, classes]; cases with the target `ignored` are left out. */
  constructor(shape: Shape, ignored: number) {
    const [cases = 0, classes = 0] = shape;
    this.classes = classes;
    this.ignored = ignored;
    this.data = new Float32Array(cases * classes);
    this.binding = { name: 'output', dtype: 'float32', shape, data: this.data };
  }

  /** Calls back with the class and the class given, the first of those with the largest number, of every case that counts. */
  forEach(targets: ArrayLike<number>, visit: (target: number, chosen: number) => void): void {
    const { data, classes, ignored } = this;
    for (let row = 0; row < targets.length; row++) {
      const target = targets[row]!;
      if (target === ignored) continue;
      const at = row * classes;
      let best = 0;
      for (let i = 1; i < classes; i++) if (data[at + i]! > data[at + best]!) best = i;
      visit(target, best);
    }
  }
}

/** Which class was taken for which. */
export class Confusion {
  /** Cases by class, then by the class that they were given: [classes, classes]; empty where there are too many. */
  private readonly counts: Float64Array;
  private readonly classes: number;
  private cases = 0;
  private correct = 0;

  constructor(classes: number) {
    this.classes = classes <= mostShownClasses ? classes : 0;
    this.counts = new Float64Array(this.classes ** 2);
  }

  /** Counts the cases of a batch. */
  add(output: ClassOutput, targets: ArrayLike<number>): void {
    output.forEach(targets, (target, chosen) => {
      this.cases++;
      if (target === chosen) this.correct++;
      if (Math.max(target, chosen) < this.classes) {
        this.counts[target * this.classes + chosen]! += 1;
      }
    });
  }

  /** Share of all cases that were given their class. */
  get accuracy(): number {
    return this.correct / this.cases;
  }

  /** Rows of the matrix, one for each class; none where there are too many. */
  get rows(): readonly (readonly number[])[] {
    return Array.from({ length: this.classes }, (_, row) => [
      ...this.counts.subarray(row * this.classes, (row + 1) * this.classes),
    ]);
  }
}

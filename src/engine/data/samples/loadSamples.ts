import * as l10n from '@vscode/l10n';
import { counted } from '../../../base/counts.ts';
import { setImmediate } from 'node:timers/promises';
import { NormscopeError } from '../../../base/errors.ts';
import { formatShape } from '../../../compiler/graph/types.ts';
import type {
  AugmentationSettings,
  DataFacts,
  SampleSettings,
  TrainingSettings,
} from '../../../language/settings.ts';
import type { SampleData } from './formats.ts';
import { measure, type Measured } from './normalization.ts';
import { channelsOf, type Normalization, type SamplePlan } from './plan.ts';
import { toShared } from './rows.ts';
import { previewFiles } from './samplePreview.ts';
import { SampleSource } from './sampleSource.ts';
import { splitByShare, type Split } from './split.ts';
import type { LoadedData } from '../loadedData.ts';
import type { DataPreview } from '../preview.ts';

/**
 * Splits the samples into the parts, and finds out how to normalize them. Which samples validate does not depend on the run's seed,
 * so that runs with different seeds can be compared. Without `thorough` its numbers are not looked at. Throws `data-empty`, `bad-normalization`.
 */
export async function loadSamples(
  data: SampleData,
  settings: SampleSettings & Partial<AugmentationSettings>,
  thorough: boolean,
): Promise<LoadedData> {
  const { training, validation, classes, classNames } = data;
  const parts = validation ? [training, validation] : [training];
  const { shape, elements, scale } = training;
  const rows = parts.flatMap((part) => part.rows);
  const targets = join(parts.map((part) => part.targets));
  const split = splitSamples(data, settings);
  if (split.training.length === 0) {
    throw new NormscopeError(
      'input',
      'data-empty',
      l10n.t(
        '{0} has no sample to train on. Give more samples, or a smaller share for validation.',
        settings.path,
      ),
    );
  }
  const { flip = 0, crop = 0 } = settings;
  if (flip + crop > 0 && shape.length !== 3) {
    throw new NormscopeError(
      'input',
      'data-mismatch',
      l10n.t(
        'flip and crop are for pictures, and {0} holds samples {1}. Take them out.',
        settings.path,
        formatShape(shape),
      ),
    );
  }
  const normalization = await normalizationOf(
    { rows, elements, scale, shape, training: split.training },
    settings,
    thorough,
  );
  const files = parts.flatMap((part) => part.files);
  const width = targets.length / rows.reduce((sum, { count }) => sum + count, 0);
  const facts: DataFacts = {
    sample: shape,
    samples: split.training.length,
    ...(classes === undefined ? { numbers: width } : { classes }),
  };
  const plan = {
    rows,
    elements,
    scale,
    shape,
    targets,
    ...split,
    normalization,
    flip,
    crop,
  };
  const source = (seed: number, train: TrainingSettings): SampleSource =>
    new SampleSource(withTraining(plan, seed, train, settings.path), {
      facts,
      files,
      ...(classNames && { classNames }),
    });
  const preview = (): DataPreview => previewFiles(data, split.training);
  return { facts, files, preview, source, ...(data.warnings && { warnings: data.warnings }) };
}

function withTraining(
  plan: Omit<SamplePlan, 'seed' | 'batchesPerEpoch'>,
  seed: number,
  { batch, accumulate, loss }: TrainingSettings,
  path: string,
): SamplePlan {
  const { length } = plan.training;
  const stepsPerEpoch = Math.floor(length / (batch * accumulate));
  if (stepsPerEpoch === 0) {
    throw new NormscopeError(
      'input',
      'data-too-short',
      l10n.t(
        '{0} has {1} to train on, and one step takes {2}. Give more samples or a smaller batch.',
        path,
        counted.samples(length),
        batch * accumulate,
      ),
    );
  }
  return {
    ...plan,
    seed,
    batchesPerEpoch: stepsPerEpoch * accumulate,
    ...(loss.type === 'CrossEntropyLoss' && { ignored: loss.ignore_index }),
  };
}

function splitSamples({ training, validation }: SampleData, settings: SampleSettings): Split {
  const count = training.rows.reduce((sum, rows) => sum + rows.count, 0);
  if (validation === undefined) return splitByShare(count, settings);
  const others = validation.rows.reduce((sum, rows) => sum + rows.count, 0);
  return {
    training: splitByShare(count, { ...settings, validation: 0 }).training,
    validation: Uint32Array.from({ length: others }, (_, i) => count + i),
  };
}

async function normalizationOf(
  data: Measured,
  settings: SampleSettings,
  thorough: boolean,
): Promise<Normalization> {
  const channels = channelsOf(data.shape);
  const given = (values: readonly number[] | undefined, what: string) => {
    if (values === undefined || values.length === channels) return values;
    if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
    throw new NormscopeError(
      'input',
      'bad-normalization',
      l10n.t(
        '{0} has {1}, and {2} has {3}. Give one number, or one for each channel.',
        what,
        counted.numbers(values.length),
        settings.path,
        counted.channels(channels),
      ),
    );
  };
  const [mean, std] = [given(settings.mean, 'mean'), given(settings.std, 'std')];
  if (mean && std) return { mean, std };
  const measured = thorough
    ? await measure(data, () => setImmediate())
    : { mean: new Array<number>(channels).fill(0), std: new Array<number>(channels).fill(1) };
  return { mean: mean ?? measured.mean, std: std ?? measured.std };
}

function join(parts: readonly (Int32Array | Float32Array)[]): Int32Array | Float32Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const isClasses = parts[0] instanceof Int32Array;
  const { buffer } = toShared(new Uint8Array(4 * length));
  const joined = isClasses ? new Int32Array(buffer) : new Float32Array(buffer);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

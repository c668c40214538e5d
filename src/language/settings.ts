import type { DType, Shape } from '../compiler/graph/types.ts';

/** Where batches come from, as the `data:` entry of a model file says it. Lengths are in tokens. */
export type DataSettings =
  /** UTF-8 text, one token per character; next-token prediction, or masked-token prediction when `masked` > 0. */
  | {
      readonly kind: 'text';
      /** Path or glob, relative to the model file. */
      readonly files: string;
      readonly context: number;
      /** Share of the text, taken from its end, for validation: in [0, 1). */
      readonly validation: number;
      /** Share of positions to hide and predict (BERT); 0 for next-token prediction. */
      readonly masked: number;
    }
  /** A sequence, a separator, and the sequence again (sorted for `sort`); loss on the answer only. Random lengths are padded. */
  | {
      readonly kind: 'copy' | 'sort';
      readonly symbols: number;
      readonly length: number;
      readonly minLength: number;
    }
  /** a + b = c (mod modulus) as the tokens `a + b =`, answer c. */
  | { readonly kind: 'modular-addition'; readonly modulus: number; readonly validation: number }
  /** Isotropic Gaussian clusters. */
  | {
      readonly kind: 'gaussian-blobs';
      readonly classes: number;
      readonly features: number;
      readonly spread: number;
    }
  /** Two interleaved spirals in the plane (Lang and Witbrock 1988). */
  | { readonly kind: 'two-spirals'; readonly noise: number; readonly turns: number }
  /** Pictures [channels, size, size] of one of four shapes, with noise of this standard deviation. */
  | {
      readonly kind: 'shapes';
      readonly size: number;
      readonly channels: number;
      readonly noise: number;
    }
  | IdxSettings
  | CifarSettings
  | PicturesSettings
  | ArraysSettings
  | CsvSettings;

/** Samples that are read from files: which of them validate, and how their numbers are brought to a common scale. */
export interface SampleSettings {
  /** Path relative to the model file. */
  readonly path: string;
  /** Share of the samples for validation, in [0, 1), where the data has no validation part of its own. */
  readonly validation: number;
  /** Train on so many of the others; on all of them when left out. */
  readonly samples?: number;
  /** Mean and standard deviation to normalize with, by channel or for all; measured on the training part when left out. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** How a picture is changed at random in training. */
export interface AugmentationSettings {
  /** Probability that it is mirrored. */
  readonly flip: number;
  /** It is cut out of itself with so many black pixels around it, at random; 0 leaves it as it is. */
  readonly crop: number;
}

/** The format of MNIST: a folder with its four files, or one file of pictures. */
export interface IdxSettings extends SampleSettings, AugmentationSettings {
  readonly kind: 'idx';
  /** Height and width that pictures are brought to. */
  readonly size?: number;
  readonly channels?: 1 | 3;
  /** File of labels; found by its name when left out. */
  readonly labels?: string;
}

/** The binary version of CIFAR-10: a folder with its six files, or one of them. */
export interface CifarSettings extends SampleSettings, AugmentationSettings {
  readonly kind: 'cifar10';
}

/** A folder of PNG and JPEG files for each class. */
export interface PicturesSettings extends SampleSettings, AugmentationSettings {
  readonly kind: 'images';
  /** Height and width that pictures are brought to; they must have one size when left out. */
  readonly size?: number;
  /** 1 for grey, 3 for colours; those of the first picture when left out, which all others must have. */
  readonly channels?: 1 | 3;
  /** What becomes of a picture that cannot be decoded. */
  readonly unreadable: 'refuse' | 'skip';
}

/** Arrays of numpy: an `.npz`, or an `.npy` of samples and one of targets. */
export interface ArraysSettings extends SampleSettings, AugmentationSettings {
  readonly kind: 'npy';
  readonly targets?: string;
  readonly task: Task;
}

/** A table with a header. */
export interface CsvSettings extends SampleSettings {
  readonly kind: 'csv';
  /** Column to predict. */
  readonly target: string;
  /** Columns that are left out. */
  readonly ignore: readonly string[];
  readonly task: Task;
  /** What becomes of a row with a cell that has no value. */
  readonly missing: 'refuse' | 'skip' | 'mean';
}

/** Whether targets are classes or numbers. */
export type Task = 'classification' | 'regression';

/** What must be known of the data before a model can be given shapes. */
export interface DataFacts {
  /** Number of token ids, the mask and padding tokens among them. */
  readonly vocabulary?: number;
  /** Shape of one sample: [channels, height, width] of a picture, [features] of a table's row. */
  readonly sample?: Shape;
  /** Number of classes; absent where numbers are to be predicted. */
  readonly classes?: number;
  /** How many numbers are to be predicted for a sample; absent with classes. */
  readonly numbers?: number;
  /** Samples to train on: what an epoch is made of. */
  readonly samples?: number;
}

/** One tensor of a batch, as data hands it over and the lowered graph takes it. */
export interface BatchTensor {
  readonly name: string;
  readonly role: 'input' | 'target' | 'paddingMask';
  readonly dtype: DType;
  readonly shape: Shape;
}

export type LossSettings =
  | {
      readonly type: 'CrossEntropyLoss';
      readonly ignore_index: number;
      readonly label_smoothing: number;
    }
  | { readonly type: 'MSELoss' };

/** Optimizers with PyTorch's argument names, defaults and semantics; `decay` says which parameters weight decay touches. */
export type OptimizerSettings =
  | {
      readonly type: 'SGD';
      readonly lr: number;
      readonly momentum: number;
      readonly dampening: number;
      readonly weight_decay: number;
      readonly nesterov: boolean;
      readonly decay: 'all' | 'matrices';
    }
  | {
      readonly type: 'Adam' | 'AdamW';
      readonly lr: number;
      readonly betas: readonly [number, number];
      readonly eps: number;
      readonly weight_decay: number;
      readonly decay: 'all' | 'matrices';
    };

/**
 * Learning rate at step t (from 0) of `steps`: linear warm-up lr·(t + 1) / (warmup + 1) for t < warmup, then constant, or a
 * half cosine from lr to `cosineTo` at t = steps.
 */
export interface ScheduleSettings {
  readonly warmup: number;
  readonly cosineTo?: number;
}

/** The `train:` part of a model file, complete and checked. */
export interface TrainingSettings {
  readonly data: DataSettings;
  readonly loss: LossSettings;
  readonly optimizer: OptimizerSettings;
  readonly schedule: ScheduleSettings;
  /** Largest 2-norm of all gradients together, as `torch.nn.utils.clip_grad_norm_`; absent for no clipping. */
  readonly clipGradNorm?: number;
  /** Batches whose gradients are averaged into one step. */
  readonly accumulate: number;
  readonly batch: number;
  readonly steps: number;
  /** Steps of one pass over the training part; absent where the data has no end. */
  readonly stepsPerEpoch?: number;
  readonly seed: number;
  /** Validation every so many steps (0: only at the end). */
  readonly validateEvery: number;
  /** A checkpoint every so many steps (0: only at the end and by time). */
  readonly checkpointEvery: number;
}

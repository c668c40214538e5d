import type { DiagnosticCase } from './texts.ts';

/** A model of these lines over pictures [32, 3, 16, 16]. */
function onPictures(...layers: readonly string[]): string {
  const lines = layers.map((line) => `  ${line}\n`).join('');
  return `layers:\n${lines}train:\n  data: { shapes: { size: 16, channels: 3 } }\n`;
}

const head = ['- Flatten', '- Linear: classes'] as const;
const stem = '- Conv2d: { out_channels: 64, kernel_size: 3, padding: 1 }';

/** What must be said of convolutions, pools and residual blocks over pictures. */
export const pictureCases: readonly DiagnosticCase[] = [
  {
    code: 'shape-mismatch',
    text: onPictures(
      '- Flatten',
      '- Conv2d: { out_channels: 8, kernel_size: 3 }',
      '- Linear: classes',
    ),
    at: 'Conv2d',
    message:
      /Conv2d takes \[batch, channels, height, width\], and its input is \[32, 768\] \(line 2\): put e\.g\. Reshape: \[1, 28, 28\] before it/,
  },
  {
    code: 'shape-mismatch',
    text: onPictures('- Conv1d: { out_channels: 8, kernel_size: 3 }', ...head),
    at: 'Conv1d',
    message:
      /Conv1d takes \[batch, channels, length\], and its input is \[32, 3, 16, 16\] \(line 6\)/,
  },
  {
    code: 'shape-mismatch',
    text: onPictures('- Conv2d: { out_channels: 8, kernel_size: 3, in_channels: 1 }', ...head),
    at: '1',
    message:
      /in_channels is 1, and the input \[32, 3, 16, 16\] \(line 6\) has 3 channels: leave in_channels out, or correct it/,
  },
  {
    code: 'groups-not-dividing',
    text: onPictures('- Conv2d: { out_channels: 8, kernel_size: 3, groups: 2 }', ...head),
    at: '2',
    message: /groups 2 does not divide the 3 channels of the input \[32, 3, 16, 16\] \(line 6\)/,
  },
  {
    code: 'groups-not-dividing',
    text: onPictures('- Conv2d: { out_channels: 8, kernel_size: 3, groups: 3 }', ...head),
    at: '3',
    message: /groups 3 does not divide out_channels 8/,
  },
  {
    code: 'window-too-large',
    text: onPictures(
      '- MaxPool2d: 8',
      '- Conv2d: { out_channels: 8, kernel_size: 5, padding: 1 }',
      ...head,
    ),
    at: '5',
    message:
      /nothing is left: the window of Conv2d spans 5 × 5 pixels, and its input \[32, 3, 2, 2\] \(line 2\) has 2 × 2, 4 × 4 with padding: take fewer strides before it, a smaller kernel_size, or more padding/,
  },
  {
    code: 'window-too-large',
    text: onPictures('- AvgPool2d: [17, 1]', ...head),
    at: '[17, 1]',
    message: /the window of AvgPool2d spans 17 × 1 pixels, and its input .* has 16 × 16:/,
  },
  {
    code: 'bad-value',
    text: onPictures(
      '- Conv2d: { out_channels: 2, kernel_size: 33, padding: 16, padding_mode: reflect }',
      ...head,
    ),
    at: 'reflect',
    message:
      /padding 16 × 16 with padding_mode reflect reaches beyond the 16 × 16 pixels of the input \(line 6\): take less padding, or padding_mode: replicate/,
  },
  {
    code: 'bad-value',
    text: onPictures(
      '- Conv2d: { out_channels: 2, kernel_size: 3, padding: [1, 17], padding_mode: circular }',
      ...head,
    ),
    at: 'circular',
    message: /padding 1 × 17 with padding_mode circular reaches beyond the 16 × 16 pixels/,
  },
  {
    code: 'wrong-kind',
    text: onPictures('- AdaptiveAvgPool2d: [1, null, 2]', ...head),
    at: '[1, null, 2]',
    message: /output_size of AdaptiveAvgPool2d is one number, or a list of 2, not 3/,
  },
  {
    code: 'bad-value',
    text: onPictures('- MaxPool2d: { kernel_size: 3, padding: 2 }', ...head),
    at: '2',
    message: /padding 2 × 2 is more than half of kernel_size 3 × 3/,
  },
  {
    code: 'bad-value',
    text: onPictures(
      '- Conv2d: { out_channels: 8, kernel_size: 3, stride: 2, padding: same }',
      ...head,
    ),
    at: 'same',
    message:
      /padding: same keeps the size, and stride 2 × 2 does not: give the padding as a number/,
  },
  {
    code: 'bad-value',
    text: onPictures(
      '- ConvTranspose2d: { out_channels: 8, kernel_size: 3, output_padding: 1 }',
      ...head,
    ),
    at: '1',
    message: /output_padding 1 × 1 must be below stride 1 × 1 or dilation 1 × 1/,
  },
  {
    code: 'bad-value',
    text: onPictures('- Conv2d: { out_channels: 8, kernel_size: 3, stride: 0 }', ...head),
    at: '0',
    message: /stride of Conv2d must be at least 1, not 0/,
  },
  {
    code: 'bad-value',
    text: onPictures('- Upsample: 0.05', ...head),
    at: '0.05',
    message: /scale_factor 0\.05 leaves nothing of \[32, 3, 16, 16\] \(line 6\)/,
  },
  {
    code: 'missing-argument',
    text: onPictures('- Upsample', ...head),
    at: 'Upsample',
    message: /Upsample needs scale_factor or size, one of them/,
  },
  {
    code: 'wrong-kind',
    text: onPictures('- Conv2d: { out_channels: 8, kernel_size: [3, 3, 3] }', ...head),
    at: '[3, 3, 3]',
    message: /kernel_size of Conv2d is one number, or a list of 2, not 3/,
  },
  {
    code: 'residual-mismatch',
    text: onPictures(
      stem,
      '- Residual:',
      '    after: ReLU',
      '    body:',
      '      - Conv2d: { out_channels: 128, kernel_size: 3, stride: 2, padding: 1 }',
      ...head,
    ),
    at: 'Residual',
    path: '1',
    message:
      /^skip has 64 channels, branch has 128: add shortcut: projection \(skip \[32, 64, 16, 16\] from line 2, branch \[32, 128, 8, 8\] from line 6\)$/,
  },
  {
    code: 'residual-mismatch',
    text: onPictures(
      stem,
      '- Residual: [{ Conv2d: { out_channels: 64, kernel_size: 3, stride: 2, padding: 1 } }]',
      ...head,
    ),
    at: 'Residual',
    message: /^skip is 16 × 16 pixels large, branch 8 × 8: add shortcut: projection/,
  },
  {
    code: 'residual-sizes',
    text: onPictures(
      stem,
      '- Residual: { shortcut: projection, body: [{ Conv2d: { out_channels: 64, kernel_size: 4 } }] }',
      ...head,
    ),
    at: 'Residual',
    message:
      /skip and branch differ in more than channels, and no stride leads from one size to the other.*branch \[32, 64, 13, 13\] from line 3/,
  },
];

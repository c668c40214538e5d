import assert from 'node:assert/strict';
import { engineProcesses, listen, trainToEnd, until } from './processes.ts';
import { temporaryFolders, writeModel } from './support.ts';

/** Two residual blocks on drawn pictures, the second with a projection: as the ResNets of the examples, in a few channels. */
const model = `define:
  Block:
    - Residual:
        after: ReLU
        body:
          - Conv2d: { name: conv1, out_channels: 4, kernel_size: 3, padding: 1, bias: false }
          - BatchNorm2d: { name: bn1 }
          - ReLU
          - Conv2d: { name: conv2, out_channels: 4, kernel_size: 3, padding: 1, bias: false }
          - BatchNorm2d: { name: bn2 }
  Down:
    - Residual:
        norm: BatchNorm2d
        placement: none
        shortcut: projection
        after: ReLU
        body:
          - Conv2d: { out_channels: 8, kernel_size: 3, stride: 2, padding: 1, bias: false }
          - BatchNorm2d
layers:
  - Conv2d: { out_channels: 4, kernel_size: 3, padding: 1, bias: false }
  - BatchNorm2d
  - ReLU
  - MaxPool2d: 2
  - Sequential: { name: layer1, body: [Block] }
  - Sequential: { name: layer2, body: [Down] }
  - AdaptiveAvgPool2d: 1
  - Flatten
  - Linear: classes
train:
  data: { shapes: { size: 16, channels: 3 } }
  optimizer: { SGD: { lr: 0.1, momentum: 0.9, weight_decay: 5e-4 } }
  schedule: { warmup: 10, cosine_to: 1e-3 }
  batch: 8
  steps: 200
  validate_every: 100
  checkpoint_every: 3
  seed: 5
`;

describe('a residual net of convolutions', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();
  const start = engineProcesses();

  it('ends with the same parameters, running statistics and losses after kill -9 and resume, bit by bit', async () => {
    const request = writeModel(folder(), model);
    const whole = await start();
    const heardWhole = listen(whole);
    await whole.request('open', request);
    const expected = await trainToEnd(whole, heardWhole);

    const killed = await start();
    const heard = listen(killed);
    const { directory } = await killed.request('open', request);
    await killed.request('train', {});
    await until(() => heard.checkpoints.length > 1, 'two checkpoints');
    process.kill(killed.pid!, 'SIGKILL');
    await killed.exited;
    assert.equal(heard.ends.length, 0, 'killed before its end');

    const again = await start();
    const heardAgain = listen(again);
    const info = await again.request('open', { ...request, resume: directory });
    assert.ok(info.step > 0 && info.step < 200, `goes on at ${info.step}`);
    const end = await trainToEnd(again, heardAgain);
    assert.equal(end.parametersHash, expected.parametersHash);
    assert.equal(end.loss, expected.loss);
    // Evaluation goes by the running statistics.
    assert.equal(end.validationLoss, expected.validationLoss);
  });
});

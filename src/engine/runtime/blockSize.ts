import { sizeOf } from '../../compiler/graph/types.ts';
import { blockProbe, probeShape } from '../../compiler/onnx/blocked.ts';
import type { Runtime } from './load.ts';

let known: Promise<number | undefined> | undefined;

/**
 * The channels in a block of the runtime's blocked layout on this processor, tried out once; undefined where the runtime has no
 * such layout, so that plain convolutions do.
 */
export function blockSize(runtime: typeof Runtime): Promise<number | undefined> {
  known ??= tryOut(runtime);
  return known;
}

/** From now on convolutions are the standard's own, whatever the runtime has: how much the blocked layout saves shows beside it. */
export function withoutBlocks(): void {
  known = Promise.resolve(undefined);
}

async function tryOut(runtime: typeof Runtime): Promise<number | undefined> {
  try {
    const session = await runtime.InferenceSession.create(blockProbe(), {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'disabled',
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    const counted = Float32Array.from({ length: sizeOf(probeShape) }, (_, index) => index);
    const { y } = await session.run({ x: new runtime.Tensor('float32', counted, probeShape) });
    await session.release();
    const block = (y?.data as Float32Array).indexOf(1);
    return block > 1 ? block : undefined;
  } catch {
    // A runtime without the layout says so by refusing it.
    return undefined;
  }
}

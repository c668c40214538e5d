import {
  array,
  enum as enumOf,
  exactOptional,
  discriminatedUnion,
  int,
  literal,
  maxLength,
  maximum,
  minimum,
  nullable,
  object,
  string,
} from 'zod/mini';
import type { FromView } from './view.ts';

const layerPath = string().check(maxLength(10_000));

/** Layers that one selects at once. */
const mostSelected = 10_000;

/** Characters of a saved file: a picture of 64 million pixels is below it. */
const largestFile = 256 * 2 ** 20;

const fromView = discriminatedUnion('type', [
  object({ type: literal('ready') }),
  object({ type: literal('train') }),
  object({ type: literal('pause') }),
  object({ type: literal('step'), count: int().check(minimum(1), maximum(1_000_000)) }),
  object({ type: literal('stop') }),
  object({ type: literal('resume') }),
  object({
    type: literal('reveal'),
    path: layerPath,
    also: exactOptional(array(layerPath).check(maxLength(mostSelected))),
  }),
  object({ type: literal('revealLine'), line: int().check(minimum(1)) }),
  object({ type: literal('openExample') }),
  object({ type: literal('watchHistogram'), norm: nullable(layerPath) }),
  object({
    type: literal('save'),
    name: string().check(maxLength(1000)),
    content: string().check(maxLength(largestFile)),
    encoding: enumOf(['utf8', 'base64']),
  }),
]);

/** A message of the panel, with nothing in it but what its type names; undefined for anything else. */
export function parseFromView(message: unknown): FromView | undefined {
  const parsed = fromView.safeParse(message);
  return parsed.success ? parsed.data : undefined;
}

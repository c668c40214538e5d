import * as l10n from '@vscode/l10n';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { NormscopeError } from '../base/errors.ts';
import type { TapInfo } from '../protocol/debug.ts';
import { sizeOf, type ReadElements } from './tensors.ts';

const elementBytes = 4;
const mostBytes = 2 ** 24;

/**
 * Bytes of a tap, little-endian, from where a memory reference (`<first byte>@<tap>`) points to.
 * @throws NormscopeError `debug-memory` for a reference to nothing
 */
export async function readMemory(
  { memoryReference, offset = 0, count }: DebugProtocol.ReadMemoryArguments,
  find: (name: string) => Promise<TapInfo | undefined>,
  read: ReadElements,
): Promise<Required<DebugProtocol.ReadMemoryResponse>['body']> {
  const [, start, name = ''] = /^(\d+)@(.+)$/s.exec(memoryReference) ?? [];
  const tap = await find(name);
  if (tap === undefined) {
    throw new NormscopeError(
      'input',
      'debug-memory',
      l10n.t('There is no memory at {0}. Open it from the Variables view.', memoryReference),
    );
  }
  const total = sizeOf(tap.shape) * elementBytes;
  const asked = Math.max(0, Math.min(count, mostBytes));
  const from = Number(start) + offset;
  const first = Math.max(0, Math.min(from, total));
  const end = Math.max(first, Math.min(from + asked, total));
  const element = Math.floor(first / elementBytes);
  const elements = Math.ceil(end / elementBytes) - element;
  const bytes = elements === 0 ? Buffer.alloc(0) : bytesOf(await read(tap, element, elements));
  const within = bytes.subarray(first - element * elementBytes, end - element * elementBytes);
  return {
    address: String(from),
    data: within.toString('base64'),
    unreadableBytes: asked - within.length,
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../../base/errors.ts';

/** Every buffer starts at a multiple of this many bytes and is padded to one, so that vector loops need no tail. */
export const alignment = 64;
const pageBytes = 65536;
/** A WebAssembly memory addresses 4 GiB. */
const mostPages = 65536;

/** A tensor's place in the kernel's memory. */
export interface Region {
  /** Byte address, a multiple of 64. */
  readonly address: number;
  /** Elements of four bytes. */
  readonly length: number;
}

/** Hands out places in a memory that does not exist yet, so that it can be made in its final size: growing detaches views. */
export class MemoryPlan {
  private top = alignment;

  /** A region for `length` elements of four bytes. */
  reserve(length: number): Region {
    const address = this.top;
    this.top += Math.ceil((length * 4) / alignment) * alignment;
    return { address, length };
  }

  /** Bytes reserved so far. */
  get bytes(): number {
    return this.top;
  }

  /** A zeroed memory that holds all regions; throws `model-too-large` when it cannot be had. */
  allocate(): WebAssembly.Memory {
    const pages = Math.ceil(this.top / pageBytes) + 1;
    if (pages > mostPages) throw tooLarge(this.top);
    try {
      return new WebAssembly.Memory({ initial: pages });
    } catch (error) {
      throw tooLarge(this.top, error);
    }
  }
}

function tooLarge(bytes: number, cause?: unknown): NormscopeError {
  const megabytes = Math.ceil(bytes / 1e6);
  return new NormscopeError(
    'input',
    'model-too-large',
    l10n.t(
      'parameters, gradients and optimizer state need {0} MB, which is more than the engine can hold; make the model smaller, or use SGD, which keeps less state than Adam',
      megabytes,
    ),
    { cause },
  );
}

import * as l10n from '@vscode/l10n';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { NormscopeError } from '../../base/errors.ts';
import { normColumns, normWidth } from '../../statistics/taps.ts';
import { newerFormat } from './checkpoint.ts';
import { crc32 } from './crc32.ts';
import { writeError } from './durable.ts';

/**
 * The statistics of a run: `statistics.bin`. 8 bytes of magic, 4 bytes with the length of a JSON header, the header, then records
 * one after the other, little-endian:
 *   uint32 CRC-32 of the rest of the record · uint32 kind · float64 step · float64 loss · float64 accuracy (NaN where there is
 *   none; absent before format 3) · then, for kind 1 (a step), float64 lr · float64 gradient norm · uint64 hash of the parameters
 *   after the step (0: unknown; absent in format 1) · float32 [norms, normWidth], padded to a multiple of 8 bytes. Kind 2 is a
 *   validation.
 * Records are only ever appended. A reader stops at the first record that is cut off or whose CRC is wrong: what a crash tore.
 */
const magic = new TextEncoder().encode('NSSTAT\r\n');
const statisticsFormat = 3;
const kinds = { step: 1, validation: 2 } as const;
const commonLength = 24;

/** Where things stand in a record. */
interface Layout {
  readonly accuracy: boolean;
  readonly hash: boolean;
  /** Bytes of a validation, and of a step before its norms. */
  readonly short: number;
  readonly long: number;
}

function layoutOf(format: number): Layout {
  const [accuracy, hash] = [format >= 3, format >= 2];
  const short = commonLength + (accuracy ? 8 : 0);
  return { accuracy, hash, short, long: short + 16 + (hash ? 8 : 0) };
}

export interface StepStatistics {
  readonly step: number;
  readonly loss: number;
  /** Share of the cases that were given their class; absent where cases have none. */
  readonly accuracy?: number;
  readonly lr: number;
  readonly gradNorm: number;
  readonly norms: Float32Array;
  /** Hash of 64 bits over all parameters after the step; absent in files of format 1. */
  readonly hash?: bigint;
}

export interface ValidationStatistics {
  /** Steps taken before the validation. */
  readonly step: number;
  readonly loss: number;
  readonly accuracy?: number;
}

interface StatisticsHeader {
  readonly format: number;
  /** Paths of the norms, and the names of the numbers that each has. */
  readonly norms: readonly string[];
  readonly columns: readonly string[];
}

/** What was recorded in a stretch of the file. */
export interface RecordedStatistics {
  readonly steps: readonly StepStatistics[];
  readonly validations: readonly ValidationStatistics[];
  /** Place up to which all records are whole: what `readMoreStatistics` goes on from. */
  readonly end: number;
}

/** Everything that was recorded of a run. */
export interface RunStatistics extends RecordedStatistics {
  readonly norms: readonly string[];
}

function recordLength(kind: number, norms: number, { short, long }: Layout): number {
  if (kind === kinds.validation) return short;
  return long + Math.ceil((norms * normWidth * 4) / 8) * 8;
}

function encodeHeader(norms: readonly string[]): Uint8Array {
  const header: StatisticsHeader = { format: statisticsFormat, norms, columns: normColumns };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil((magic.length + 4 + json.length) / 8) * 8;
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set(magic);
  new DataView(bytes.buffer).setUint32(magic.length, length - magic.length - 4, true);
  bytes.set(json, magic.length + 4);
  return bytes;
}

/** Bytes before the first record, as the beginning of the file says; more than there are in a file of another kind. */
function headerLength(beginning: Uint8Array): number {
  if (beginning.length < magic.length + 4) return 0;
  const view = new DataView(beginning.buffer, beginning.byteOffset, beginning.byteLength);
  return magic.length + 4 + view.getUint32(magic.length, true);
}

function decodeHeader(
  bytes: Uint8Array,
  file: string,
): { readonly header: StatisticsHeader; readonly end: number } {
  const start = magic.length + 4;
  if (bytes.length >= start && magic.every((byte, i) => bytes[i] === byte)) {
    const end = headerLength(bytes);
    try {
      const text = new TextDecoder().decode(bytes.subarray(start, end));
      const header = JSON.parse(text) as StatisticsHeader;
      if (header.format > statisticsFormat) throw newerFormat(file, header.format);
      return { header, end };
    } catch (error) {
      if (error instanceof NormscopeError) throw error;
    }
  }
  throw new NormscopeError(
    'environment',
    'statistics-damaged',
    l10n.t(
      '{0} does not begin like the statistics of a run. Its checkpoints can still be resumed.',
      file,
    ),
  );
}

interface Scan extends RunStatistics {
  readonly layout: Layout;
}

function scan(bytes: Uint8Array, file: string, before = Infinity): Scan {
  const { header, end } = decodeHeader(bytes, file);
  const layout = layoutOf(header.format);
  const found = records(bytes, header.norms.length, layout, end, before);
  return { norms: header.norms, layout, ...found };
}

function records(
  bytes: Uint8Array,
  count: number,
  layout: Layout,
  start = 0,
  before = Infinity,
): RecordedStatistics {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const steps: StepStatistics[] = [];
  const validations: ValidationStatistics[] = [];
  let at = start;
  while (at + layout.short <= bytes.length) {
    const kind = view.getUint32(at + 4, true);
    const length = recordLength(kind, count, layout);
    if (at + length > bytes.length) break;
    if (crc32(bytes.subarray(at + 4, at + length)) !== view.getUint32(at, true)) break;
    const step = view.getFloat64(at + 8, true);
    const loss = view.getFloat64(at + 16, true);
    const share = layout.accuracy ? view.getFloat64(at + commonLength, true) : NaN;
    const accuracy = !Number.isNaN(share) && { accuracy: share };
    if (kind === kinds.validation) {
      if (step > before) break;
      validations.push({ step, loss, ...accuracy });
    } else {
      if (step >= before) break;
      const lr = view.getFloat64(at + layout.short, true);
      const gradNorm = view.getFloat64(at + layout.short + 8, true);
      const from = bytes.byteOffset + at + layout.long;
      const norms = new Float32Array(bytes.buffer.slice(from, from + count * normWidth * 4));
      const hash = layout.hash ? view.getBigUint64(at + layout.short + 16, true) : 0n;
      const known = hash !== 0n && { hash };
      steps.push({ step, loss, ...accuracy, lr, gradNorm, norms, ...known });
    }
    at += length;
  }
  return { steps, validations, end: at };
}

/** Reads what was recorded, up to a torn end. Throws `statistics-damaged`, `run-newer`, and what reading throws. */
export async function readStatistics(file: string): Promise<RunStatistics> {
  return scan(await readFile(file), file);
}

/** Bytes that are read at once of a file that another process goes on with. */
const mostMore = 4 * 2 ** 20;

/**
 * What a process that is still writing has recorded since `position`, the end of an earlier reading; some megabytes at a time.
 * Undefined when the file no longer goes that far: the run went another way since, and all of it is to be read again. Throws what
 * `readStatistics` throws.
 */
export async function readMoreStatistics(
  file: string,
  position: number,
): Promise<RecordedStatistics | undefined> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size < position) return undefined;
    const beginning = await bytesAt(handle, 0, Math.min(size, magic.length + 4));
    const length = Math.min(size, headerLength(beginning));
    const { header } = decodeHeader(await bytesAt(handle, 0, length), file);
    const bytes = await bytesAt(handle, position, Math.min(size - position, mostMore));
    const found = records(bytes, header.norms.length, layoutOf(header.format));
    return { ...found, end: position + found.end };
  } finally {
    await handle.close();
  }
}

/** The newest things that were recorded. */
export interface LatestStatistics {
  readonly step?: StepStatistics;
  readonly validation?: ValidationStatistics;
}

/**
 * The newest step and what was validated after it, from the end of the file: as fast for a long run as for a short one. Only a
 * torn end is looked for from the beginning. Throws what `readStatistics` throws.
 */
export async function readLatestStatistics(file: string): Promise<LatestStatistics> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const beginning = await bytesAt(handle, 0, Math.min(size, magic.length + 4));
    const length = headerLength(beginning);
    const { header, end } = decodeHeader(await bytesAt(handle, 0, Math.min(size, length)), file);
    const layout = layoutOf(header.format);
    const longest = recordLength(kinds.step, header.norms.length, layout);
    // A step and the validation after it.
    const from = Math.max(end, size - longest - layout.short);
    const tail = await bytesAt(handle, from, size - from);
    const candidates = [tail.length - longest - layout.short, tail.length - longest];
    for (const at of candidates.filter((start) => start >= 0)) {
      const found = records(tail.subarray(at), header.norms.length, layout);
      if (found.end !== tail.length - at || found.steps.length !== 1) continue;
      const [step] = found.steps;
      const validation = found.validations.at(-1);
      return { ...(step && { step }), ...(validation && { validation }) };
    }
  } finally {
    await handle.close();
  }
  const { steps, validations } = await readStatistics(file);
  const [step, validation] = [steps.at(-1), validations.at(-1)];
  return { ...(step && { step }), ...(validation && { validation }) };
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await handle.read(bytes, 0, length, position);
  return bytes.subarray(0, bytesRead);
}

/** Appends to the statistics of a run. What could not be written stays here and is tried again. */
export class StatisticsWriter {
  private readonly file: string;
  private readonly handle: FileHandle;
  private readonly norms: number;
  /** A file goes on in the format that it was begun in. */
  private readonly layout: Layout;
  private position: number;
  private waiting: Uint8Array[] = [];

  private constructor(
    file: string,
    handle: FileHandle,
    norms: number,
    position: number,
    layout = layoutOf(statisticsFormat),
  ) {
    this.file = file;
    this.handle = handle;
    this.norms = norms;
    this.position = position;
    this.layout = layout;
  }

  /** A new file. */
  static async create(file: string, norms: readonly string[]): Promise<StatisticsWriter> {
    const handle = await open(file, 'w');
    const header = encodeHeader(norms);
    await handle.write(header, 0, header.length, 0);
    return new StatisticsWriter(file, handle, norms.length, header.length);
  }

  /**
   * Goes on with a file after `step` steps: what was recorded of later ones will be recorded again. A file that is missing or
   * damaged at its beginning is begun anew.
   */
  static async resume(
    file: string,
    norms: readonly string[],
    step: number,
  ): Promise<StatisticsWriter> {
    const bytes = await readFile(file).catch(() => new Uint8Array());
    try {
      const { end, layout } = scan(bytes, file, step);
      const handle = await open(file, 'r+');
      await handle.truncate(end);
      return new StatisticsWriter(file, handle, norms.length, end, layout);
    } catch (error) {
      if (error instanceof NormscopeError && error.code === 'statistics-damaged') {
        return StatisticsWriter.create(file, norms);
      }
      throw error;
    }
  }

  addStep({ step, loss, accuracy, lr, gradNorm, norms, hash }: StepStatistics): void {
    const { layout } = this;
    const bytes = this.record(kinds.step, { step, loss, accuracy: accuracy ?? NaN });
    const view = new DataView(bytes.buffer);
    view.setFloat64(layout.short, lr, true);
    view.setFloat64(layout.short + 8, gradNorm, true);
    if (layout.hash) view.setBigUint64(layout.short + 16, hash ?? 0n, true);
    new Float32Array(bytes.buffer, layout.long, norms.length).set(norms);
    this.add(bytes);
  }

  addValidation(validation: ValidationStatistics): void {
    this.add(this.record(kinds.validation, validation));
  }

  /** Hands everything to the system. Throws `disk-full`, `read-only`, `write-failed`; then nothing is lost. */
  async flush(): Promise<void> {
    if (this.waiting.length === 0) return;
    const bytes = Buffer.concat(this.waiting);
    const taken = this.waiting.length;
    try {
      let written = 0;
      while (written < bytes.length) {
        const rest = bytes.length - written;
        const result = await this.handle.write(bytes, written, rest, this.position + written);
        written += result.bytesWritten;
      }
    } catch (error) {
      throw writeError(l10n.t('The statistics'), this.file, error);
    }
    this.position += bytes.length;
    this.waiting = this.waiting.slice(taken);
  }

  /** Waits until everything is on the disk. */
  async sync(): Promise<void> {
    await this.flush();
    try {
      await this.handle.datasync();
    } catch (error) {
      throw writeError(l10n.t('The statistics'), this.file, error);
    }
  }

  /** Forgets what was recorded of step `step` and later ones. Throws what writing throws. */
  async rewind(step: number): Promise<void> {
    await this.flush();
    const { end } = scan(await readFile(this.file), this.file, step);
    await this.handle.truncate(end);
    this.position = end;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private record(
    kind: number,
    { step, loss, accuracy = NaN }: ValidationStatistics,
  ): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(recordLength(kind, this.norms, this.layout));
    const view = new DataView(bytes.buffer);
    view.setUint32(4, kind, true);
    view.setFloat64(8, step, true);
    view.setFloat64(16, loss, true);
    if (this.layout.accuracy) view.setFloat64(commonLength, accuracy, true);
    return bytes;
  }

  private add(bytes: Uint8Array<ArrayBuffer>): void {
    new DataView(bytes.buffer).setUint32(0, crc32(bytes.subarray(4)), true);
    this.waiting.push(bytes);
  }
}

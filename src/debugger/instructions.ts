import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Instruction, Operand, Phase } from '../protocol/debug.ts';
import { formatType } from './format.ts';

/** Address of the first instruction; each takes one byte, so that an offset counts instructions. */
const base = 0x10_000n;
const mostInstructions = 10_000;

/** Where the program stands after a moment, as frames refer to it: known without the program itself. */
export function momentReference(moment: number): string {
  return `moment:${moment}`;
}

/** The address of an instruction, hexadecimal. */
export function addressOf(index: number): string {
  return `0x${(base + BigInt(index)).toString(16)}`;
}

/** The compiled step as a list of instructions with addresses. */
export class Instructions {
  readonly list: readonly Instruction[];
  private readonly lastByMoment = new Map<number, number>();

  constructor(list: readonly Instruction[]) {
    this.list = list;
    const phases = new Map<number, Phase>();
    for (const { index, moment, phase } of list) {
      if (moment === undefined) continue;
      // Gradients of the loss belong to its only moment, too, but they come after one stands there.
      if (!phases.has(moment)) phases.set(moment, phase);
      if (phases.get(moment) === phase) this.lastByMoment.set(moment, index);
    }
  }

  /** The instruction that a reference and an offset lead to; undefined for nonsense, and outside of the program. */
  find(reference: string, offset = 0): Instruction | undefined {
    const index = this.indexOf(reference);
    return index === undefined ? undefined : this.list[index + offset];
  }

  /** The last instruction of a moment: it has just run when one stands there. */
  lastOf(moment: number): Instruction | undefined {
    const index = this.lastByMoment.get(moment);
    return index === undefined ? undefined : this.list[index];
  }

  /** The nearest instruction after (1) or before (−1) another that belongs to a moment. */
  beside(index: number, direction: 1 | -1): Instruction | undefined {
    let next = index + direction;
    while (this.list[next] !== undefined && this.list[next]?.moment === undefined) {
      next += direction;
    }
    return this.list[next];
  }

  /** As many lines as are asked for; those outside of the program are marked as invalid. */
  disassemble(
    {
      memoryReference,
      offset = 0,
      instructionOffset = 0,
      instructionCount,
    }: DebugProtocol.DisassembleArguments,
    location: DebugProtocol.Source,
    toClient: (line: number) => number,
  ): DebugProtocol.DisassembledInstruction[] {
    const first = (this.indexOf(memoryReference) ?? 0) + offset + instructionOffset;
    const count = Math.max(0, Math.min(instructionCount, mostInstructions));
    return Array.from({ length: count }, (_, at) => {
      const address = addressOf(first + at);
      const instruction = this.list[first + at];
      if (instruction === undefined) {
        return { address, instruction: '', presentationHint: 'invalid' };
      }
      const { phase, path, line } = instruction;
      return {
        address,
        instruction: textOf(instruction),
        symbol: path === '' ? phase : `${phase} ${path}`,
        ...(line > 0 && { location, line: toClient(line) }),
      };
    });
  }

  private indexOf(reference: string): number | undefined {
    const [, moment] = /^moment:(\d+)$/.exec(reference) ?? [];
    if (moment !== undefined) return this.lastByMoment.get(Number(moment));
    if (!/^(0x[\da-f]+|\d+)$/i.test(reference)) return undefined;
    const index = Number(BigInt(reference) - base);
    return Number.isSafeInteger(index) ? index : undefined;
  }
}

/** `%12 float32[12, 64, 128] = MatMul(%11, blocks.0.attention.0.param:weight) transB=1` */
function textOf({ outputs, op, inputs, attributes }: Instruction): string {
  const results = outputs.map(({ name, label = name, dtype, shape }) => {
    return `${label} ${formatType(dtype, shape)}`;
  });
  const call = `${op}(${inputs.map(operandText).join(', ')})`;
  return [results.join(', '), '=', call, attributes].filter((part) => part !== '').join(' ');
}

function operandText({ name, label = name }: Operand): string {
  return label;
}

import type { NormLayout } from '../../compiler/passes/normRows.ts';
import type { Names } from '../../statistics/expressions/check.ts';
import { numberType, tensorType, type Type } from '../../statistics/expressions/values.ts';
import { normColumns } from '../../statistics/taps.ts';
import type { TapList, TapSpec } from './tapList.ts';

const stepNumbers = ['step', 'loss', 'lr', 'gradNorm'] as const;

/** What a name stands for. */
export type Meaning =
  | { readonly kind: 'step'; readonly name: (typeof stepNumbers)[number] }
  /** log10(std(ΔW) / std(W)) of a parameter, by its number. */
  | { readonly kind: 'updateRatio'; readonly parameter: number }
  /** One of `normColumns`, by the numbers of norm and column. */
  | { readonly kind: 'column'; readonly norm: number; readonly column: number }
  | { readonly kind: 'tap'; readonly tap: TapSpec };

const derived = /(?:^|(?<=\.))(grad|update|updateRatio):/;

/** The names of a model's taps and numbers, as expressions know them. */
export class Namespace {
  private readonly taps: ReadonlyMap<string, TapSpec>;
  private readonly operands: ReadonlyMap<string, TapSpec>;
  private readonly parameters: ReadonlyMap<string, number>;
  private readonly columns: ReadonlyMap<string, Meaning>;
  private readonly norms: ReadonlyMap<string, number>;

  constructor(list: TapList, norms: readonly NormLayout[], parameters: readonly string[]) {
    this.taps = list.taps;
    this.operands = list.operands;
    this.parameters = new Map(parameters.map((path, index) => [path, index]));
    this.norms = new Map(norms.map(({ path }, index) => [path, index]));
    this.columns = new Map(
      norms.flatMap(({ path }, norm) =>
        normColumns.map((name, column): [string, Meaning] => [
          `${path}.${name}`,
          { kind: 'column', norm, column },
        ]),
      ),
    );
  }

  /** What `name` means at layer `path`: of the layer itself first, then as a whole path. */
  resolve(name: string, path: string | undefined): Meaning | undefined {
    const number = stepNumbers.find((known) => known === name);
    if (number !== undefined) return { kind: 'step', name: number };
    const candidates = path === undefined ? [name] : [`${path}.${name}`, name];
    for (const candidate of candidates) {
      const found = this.find(candidate);
      if (found) return found;
    }
    return undefined;
  }

  /** The statistic of a norm's input or output that each step yields. */
  columnOf({ path, tap }: TapSpec, statistic: string): Meaning | undefined {
    return this.norms.has(path) ? this.columns.get(`${path}.${tap}.${statistic}`) : undefined;
  }

  /** The names at a layer, the layer's own first. */
  at(path: string | undefined): Names {
    return {
      typeOf: (name) => typeOf(this.resolve(name, path)),
      names: () => [...this.own(path), ...stepNumbers],
    };
  }

  /** Names that a layer's own taps have there; without a layer all names. */
  own(path: string | undefined): readonly string[] {
    const taps = [...this.taps.values()];
    if (path === undefined) return taps.map(({ name }) => name);
    return taps.filter((tap) => tap.path === path).map(({ tap }) => tap);
  }

  private find(candidate: string): Meaning | undefined {
    const [, what] = derived.exec(candidate) ?? [];
    const base = candidate.replace(derived, '');
    if (what === undefined) {
      const tap = this.tapOf(base);
      return tap ? { kind: 'tap', tap } : this.columns.get(base);
    }
    if (what === 'updateRatio') {
      const parameter = this.parameters.get(base.replace('param:', ''));
      return parameter === undefined ? undefined : { kind: 'updateRatio', parameter };
    }
    const tap = this.tapOf(base);
    if (tap === undefined) return undefined;
    const name = what === 'grad' ? `grad:${tap.tap}` : `update:${tap.tap.replace('param:', '')}`;
    const found = this.taps.get(`${tap.path}.${name}`);
    return found && { kind: 'tap', tap: found };
  }

  /** A tap or operand by its name; a parameter also without `param:`, by its path. */
  private tapOf(name: string): TapSpec | undefined {
    const found = this.taps.get(name) ?? this.operands.get(name);
    if (found) return found;
    let dot = name.lastIndexOf('.');
    while (dot > 0) {
      const tap = this.taps.get(`${name.slice(0, dot)}.param:${name.slice(dot + 1)}`);
      if (tap) return tap;
      dot = name.lastIndexOf('.', dot - 1);
    }
    return undefined;
  }
}

function typeOf(meaning: Meaning | undefined): Type | undefined {
  if (meaning === undefined) return undefined;
  return meaning.kind === 'tap' ? tensorType(meaning.tap.shape) : numberType;
}

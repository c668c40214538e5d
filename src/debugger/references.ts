import * as l10n from '@vscode/l10n';
import { NormscopeError } from '../base/errors.ts';

/** What a reference stands for. */
type ReferenceKind = 'frame' | 'variable' | 'target';

/**
 * Numbers under which a client asks for things of the present stop. They are never given twice, so that an old number cannot mean
 * something else.
 */
export class References<T> {
  private readonly kind: ReferenceKind;
  private items = new Map<number, T>();
  private earlier = new Map<number, T>();
  private last = 0;

  constructor(kind: ReferenceKind) {
    this.kind = kind;
  }

  add(item: T): number {
    this.items.set(++this.last, item);
    return this.last;
  }

  /** @throws NormscopeError `debug-stale` for a number of an earlier stop */
  get(reference: unknown): T {
    const item = typeof reference === 'number' ? this.find(reference) : undefined;
    if (item !== undefined) return item;
    throw new NormscopeError('input', 'debug-stale', staleText(this.kind));
  }

  find(reference: number): T | undefined {
    return this.items.get(reference) ?? this.earlier.get(reference);
  }

  /** Forgets the stop before the last one: a client may still ask about the last one while it hears of the next. */
  retire(): void {
    this.earlier = this.items;
    this.items = new Map();
  }

  /** Forgets everything. */
  clear(): void {
    this.items.clear();
    this.earlier.clear();
  }
}

function staleText(kind: ReferenceKind): string {
  switch (kind) {
    case 'frame':
      return l10n.t('This frame belongs to an earlier stop. Ask for the stack again.');
    case 'variable':
      return l10n.t('This variable belongs to an earlier stop. Ask for the stack again.');
    case 'target':
      return l10n.t('This target belongs to an earlier stop. Ask for the stack again.');
  }
}

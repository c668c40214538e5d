/** Whether a value is what its name says; for objects, field by field. */
export type Guard = (value: unknown) => boolean;

/** Far beyond any step, line or count, and small enough to calculate with. */
const largest = 2 ** 40;

export function isText(value: unknown): boolean {
  return typeof value === 'string';
}

export function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

/** Any number, NaN and infinite ones among them. */
export function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

/** A whole number from 0. */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= largest;
}

/** A whole number from 1. */
export function isPositive(value: unknown): boolean {
  return isCount(value) && value > 0;
}

export function isColumn(value: unknown): value is Float64Array {
  return value instanceof Float64Array;
}

export function oneOf(...values: readonly unknown[]): Guard {
  return (value) => values.includes(value);
}

export function optional(guard: Guard): Guard {
  return (value) => value === undefined || guard(value);
}

export function nullable(guard: Guard): Guard {
  return (value) => value === null || guard(value);
}

export function listOf(guard: Guard): Guard {
  // `every` passes over holes.
  return (value) => Array.isArray(value) && Array.from<unknown>(value).every(guard);
}

/** An object whose named fields are what they should be; it may have others. */
export function fields(guards: Readonly<Record<string, Guard>>): Guard {
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    const record: Readonly<Record<string, unknown>> = { ...value };
    return Object.entries(guards).every(([name, guard]) => guard(record[name]));
  };
}

export function both(first: Guard, second: Guard): Guard {
  return (value) => first(value) && second(value);
}

/** What kind of failure an error is; decides exit codes and how loudly it is shown. */
export type ErrorKind =
  /** The user's input is wrong (model, data, arguments, files). Exit code 1. */
  | 'input'
  /** Training was stopped by a rule, e.g. a non-finite loss. Exit code 3. */
  | 'rule'
  /** The world failed: disk full, file vanished, process killed. Exit code 1. */
  | 'environment'
  /** A bug of ours. Exit code 70. */
  | 'internal';

/** The plain-data form of a `NormscopeError`; what crosses process boundaries. */
export interface ErrorReport {
  readonly kind: ErrorKind;
  /** Stable, kebab-case, documented: tests and quick fixes refer to it. */
  readonly code: string;
  /** One or two sentences: names the thing that is wrong and the remedy. */
  readonly message: string;
}

/** Marks errors of ours: each bundle of a program has a class of its own, so `instanceof` does not know them all. */
const mark = Symbol.for('normscope.error');

/** An error meant for a person: it has a stable code, and its message names the thing and the remedy. */
export class NormscopeError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly [mark] = true;

  constructor(kind: ErrorKind, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NormscopeError';
    this.kind = kind;
    this.code = code;
  }
}

function isNormscopeError(thrown: unknown): thrown is NormscopeError {
  return thrown instanceof Error && mark in thrown;
}

/** The report of any thrown value; what is not a `NormscopeError` is a bug of ours (`internal`). */
export function reportOf(thrown: unknown): ErrorReport {
  if (isNormscopeError(thrown)) {
    return { kind: thrown.kind, code: thrown.code, message: thrown.message };
  }
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return { kind: 'internal', code: 'internal', message };
}

/** Rebuilds the error that `reportOf` took apart on the other side of a process boundary. */
export function errorOf(report: ErrorReport): NormscopeError {
  return new NormscopeError(report.kind, report.code, report.message);
}

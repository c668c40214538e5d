/** JSON text of a `T`. A value that is only passed on travels as its text, which costs those on the way next to nothing. */
export type JsonText<T> = string & { readonly json?: T };

/** The JSON text of a value that JSON can hold. */
export function toJson<T>(value: T): JsonText<T> {
  return JSON.stringify(value);
}

/** The value of a text that `toJson` made. */
export function fromJson<T>(text: JsonText<T>): T {
  return JSON.parse(text) as T;
}

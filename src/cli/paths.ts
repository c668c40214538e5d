import path from 'node:path';

/** A path as a person in the current folder would write it. */
export function shortPath(file: string): string {
  const short = path.relative('.', file);
  if (short === '') return '.';
  return short.startsWith('..') ? file : short;
}

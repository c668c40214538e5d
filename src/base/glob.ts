/**
 * Compiles a glob to a regular expression that must match a whole name. Names are segments joined by `separator`: '/' for files,
 * '.' for layer paths. `*` stands for any characters of one segment, `?` for one, `**` for any number of whole segments (none
 * included) or, beside other characters, for anything; `[abc]`, `[!a-z]` and `{one,two}` as in a shell.
 */
export function globToRegExp(pattern: string, separator: '/' | '.'): RegExp {
  const within = `[^${separator}]`;
  const joint = separator === '.' ? '\\.' : '/';
  let source = '';
  let depth = 0;
  let i = 0;
  while (i < pattern.length) {
    const rest = pattern.slice(i);
    const set = /^\[(!?)([^\]]+)\]/.exec(rest);
    const atStart = i === 0 || pattern[i - 1] === separator;
    if (atStart && rest.startsWith(`**${separator}`)) {
      source += `(?:.*${joint})?`;
      i += 3;
    } else if (rest === `${separator}**`) {
      source += `(?:${joint}.*)?`;
      i += 3;
    } else if (rest.startsWith('**')) {
      source += '.*';
      i += 2;
    } else if (set) {
      source += `[${set[1] === '!' ? '^' : ''}${(set[2] ?? '').replaceAll(/[\\\]^]/g, '\\$&')}]`;
      i += set[0].length;
    } else {
      const character = pattern[i] ?? '';
      if (character === '{') depth++;
      const closes = character === '}' && depth > 0;
      source += translate(character, within, depth > 0);
      if (closes) depth--;
      i++;
    }
  }
  try {
    return new RegExp(`^(?:${source})$`, 's');
  } catch {
    // An open brace or a reversed range like [z-a]: the pattern stands for itself.
    return new RegExp(`^${escape(pattern)}$`, 's');
  }
}

function translate(character: string, within: string, inBraces: boolean): string {
  if (character === '*') return `${within}*`;
  if (character === '?') return within;
  if (inBraces) {
    if (character === '{') return '(?:';
    if (character === '}') return ')';
    if (character === ',') return '|';
  }
  return escape(character);
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** Whether a name holds anything that makes it a glob. */
export function isGlob(pattern: string): boolean {
  return /[*?[{]/.test(pattern);
}

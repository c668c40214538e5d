/** A column of a table for people. */
export interface Column {
  readonly title: string;
  /** Texts to the left, numbers to the right. */
  readonly align: 'left' | 'right';
}

/** Lines of a table whose columns are as wide as their widest cell, two spaces apart; the first line is the titles. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(...[title, ...rows.map((row) => row[index] ?? '')].map(widthOf)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        const gap = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)));
        return align === 'left' ? cell + gap : gap + cell;
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

/** Characters that terminals draw two columns wide: those of Chinese, Japanese and Korean, and their punctuation. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;

/** Columns of a terminal that a text takes. */
function widthOf(text: string): number {
  return text.length + (text.match(wide)?.length ?? 0);
}

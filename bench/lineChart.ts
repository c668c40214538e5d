/** A line of a chart; a dashed one can be told from a solid one without its colour. */
export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly isDashed: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const width = 720;
const height = 420;
const margin = { left: 60, right: 130, top: 20, bottom: 50 };
const ticks = 5;

/** Lines over common axes as an SVG picture; both axes begin at 0. */
export function lineChart(
  lines: readonly Line[],
  titles: { readonly x: string; readonly y: string },
): string {
  const points = lines.flatMap((line) => line.points);
  const right = Math.max(...points.map(([x]) => x));
  const top = 1.05 * Math.max(...points.map(([, y]) => y));
  const inner = {
    width: width - margin.left - margin.right,
    height: height - margin.top - margin.bottom,
  };
  const place = ([x, y]: readonly [number, number]): string => {
    const left = margin.left + (x / right) * inner.width;
    return `${left.toFixed(1)},${(margin.top + (1 - y / top) * inner.height).toFixed(1)}`;
  };
  const text = (x: number, y: number, content: string, more = ''): string =>
    `<text x="${x}" y="${y.toFixed(1)}" ${more}>${content}</text>`;
  const bottom = height - margin.bottom;
  const axis = Array.from({ length: ticks + 1 }, (_, i) => {
    const share = i / ticks;
    const y = bottom - share * inner.height;
    return [
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y}" y2="${y}" stroke="#ddd"/>`,
      text(margin.left - 8, y + 4, (share * top).toFixed(2), 'text-anchor="end"'),
      text(
        margin.left + share * inner.width,
        bottom + 20,
        String(Math.round(share * right)),
        'text-anchor="middle"',
      ),
    ].join('\n');
  });
  const drawn = lines.map(({ label, colour, isDashed, points: own }, index) => {
    const style = `stroke="${colour}"${isDashed ? ' stroke-dasharray="6 4"' : ''}`;
    const y = margin.top + 20 * index + 10;
    const from = width - margin.right + 10;
    return [
      `<polyline fill="none" stroke-width="2" ${style} points="${own.map(place).join(' ')}"/>`,
      `<line x1="${from}" x2="${from + 26}" y1="${y}" y2="${y}" stroke-width="2" ${style}/>`,
      text(from + 32, y + 4, label),
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${axis.join('\n')}
${text(margin.left + inner.width / 2, height - 12, titles.x, 'text-anchor="middle"')}
${text(14, margin.top + inner.height / 2, titles.y, `text-anchor="middle" transform="rotate(-90 14 ${margin.top + inner.height / 2})"`)}
${drawn.join('\n')}
</svg>
`;
}

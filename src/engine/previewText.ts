import * as l10n from '@vscode/l10n';
import { encode } from 'fast-png';
import { mostCharacters, type DataPreview, type LabelledPicture } from './data/preview.ts';
import type { Picture } from './data/samples/picture.ts';

/** Pixels of a shown picture: smaller ones are enlarged by whole factors, larger ones averaged. */
const shownSize = 64;

/** A preview as Markdown: pictures in a row with what they are below, a table, or a text. */
export function previewText(preview: DataPreview): string {
  switch (preview.kind) {
    case 'text':
      return [l10n.t('The text begins:'), fenced(preview.text)].join('\n\n');
    case 'table':
      return [
        l10n.t('The first rows:'),
        tableOf([preview.header, ...preview.rows].map((row) => cells(row).map(plain))),
      ].join('\n\n');
    case 'pictures': {
      const { pictures } = preview;
      const shown = pictures.map(pictureText);
      const labels = pictures.map(({ label }) => plain(label));
      return [l10n.t('The first pictures to train on:'), tableOf([shown, labels])].join('\n\n');
    }
  }
}

/** More columns would not fit on a screen. */
const mostColumns = 10;

function cells(row: readonly string[]): readonly string[] {
  return row.length > mostColumns ? [...row.slice(0, mostColumns - 1), '…'] : row;
}

function tableOf([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [line(header), line(header.map(() => ':-:')), ...rows.map(line)].join('\n');
}

function pictureText({ picture, label }: LabelledPicture): string {
  const { width, height, channels, data } = shownAs(picture);
  const png = Buffer.from(encode({ width, height, channels, data })).toString('base64');
  return `![${plain(label)}](data:image/png;base64,${png})`;
}

function shownAs(picture: Picture): Picture {
  const longer = Math.max(picture.width, picture.height);
  const [up, down] = [Math.floor(shownSize / longer), Math.ceil(longer / shownSize)];
  return up > 1 ? enlarged(picture, up) : down > 1 ? averaged(picture, down) : picture;
}

function enlarged({ width, height, channels, data }: Picture, factor: number): Picture {
  const [wide, high] = [width * factor, height * factor];
  const pixels = Uint8Array.from({ length: wide * high * channels }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    const [x, y] = [pixel % wide, Math.floor(pixel / wide)];
    return data[(Math.floor(y / factor) * width + Math.floor(x / factor)) * channels + channel]!;
  });
  return { width: wide, height: high, channels, data: pixels };
}

function averaged({ width, height, channels, data }: Picture, factor: number): Picture {
  const [narrow, low] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const pixels = Uint8Array.from({ length: narrow * low * channels }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    const [left, top] = [(pixel % narrow) * factor, Math.floor(pixel / narrow) * factor];
    const [right, bottom] = [Math.min(left + factor, width), Math.min(top + factor, height)];
    let sum = 0;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) sum += data[(y * width + x) * channels + channel]!;
    }
    return Math.round(sum / ((right - left) * (bottom - top)));
  });
  return { width: narrow, height: low, channels, data: pixels };
}

const longestCell = 40;

/** A text of the data as text: nothing in it is Markdown. */
function plain(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const cut = line.length > longestCell ? `${line.slice(0, longestCell - 1)}…` : line;
  return cut.replace(/[\\`*_{}[\]()#+\-.!|<>&~:@]/g, '\\$&');
}

function fenced(text: string): string {
  const fence = '`'.repeat(3 + (/`+/.exec(text)?.[0].length ?? 0));
  return [`${fence}text`, text.slice(0, mostCharacters), fence].join('\n');
}

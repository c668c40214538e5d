import * as l10n from '@vscode/l10n';
import type { ModelTree } from '../../check/check.ts';
import type { Fix } from '../../syntax/diagnostic.ts';
import { entryOf } from '../../syntax/tree.ts';
import type { Wrong } from './wrong.ts';

const data = 'two-spirals';

/** The part that a model file lacks, with something to begin with. */
export function* insertedKey({ outline, tree, around }: Wrong): Generator<Fix> {
  const { root } = outline;
  const train = entryOf(root, 'train');
  const end = { line: around.lines.length, column: (around.lines.at(-1) ?? '').length + 1 };
  const lineBreak = around.lines.at(-1) === '' ? '' : '\n';
  const append = (key: string, text: string): Fix => ({
    title: l10n.t('Add {0}', `${key}:`),
    edits: [{ range: { start: end, end }, text: `${lineBreak}${text}` }],
  });
  if (entryOf(root, 'layers') === undefined) {
    const lines = layersFor(tree).map((layer) => `  - ${layer}\n`);
    yield append('layers', `layers:\n${lines.join('')}`);
  } else if (train === undefined) {
    yield append('train', `train:\n  data: ${data}\n`);
  } else if (train.value.kind === 'map') {
    const edit = around.setEntry(train.value, 'data', data);
    if (edit) yield { title: l10n.t('Add {0}', `data: ${data}`), edits: [edit] };
  } else if (train.value.kind === 'scalar' && train.value.text === '') {
    const { end: behind } = train.keyRange;
    const start = { ...behind, column: behind.column + 1 };
    yield {
      title: l10n.t('Add {0}', `data: ${data}`),
      edits: [{ range: { start, end: start }, text: `\n  data: ${data}` }],
    };
  }
}

/** The fewest layers that the data can be trained with. */
function layersFor({ values, input }: ModelTree): readonly string[] {
  if (values.has('vocabulary')) return ['Embedding: 16', 'Linear: vocabulary'];
  return input && input.shape.length > 2 ? ['Flatten', 'Linear: classes'] : ['Linear: classes'];
}

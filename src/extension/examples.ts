/** A model file that comes with the extension. */
export interface Example {
  readonly file: string;
  /** What it is, in one sentence. */
  readonly summary: string;
  /** Entries of the examples' folder that it reads data from. */
  readonly data: readonly string[];
}

const extension = '.model.yaml';
/** The one to begin with. */
const firstExample = 'char-gpt.model.yaml';

/**
 * The examples of a folder, the one to begin with first.
 * @param entries names of everything in the folder
 * @param textOf text of a model file
 */
export async function listExamples(
  entries: readonly string[],
  textOf: (file: string) => PromiseLike<string>,
): Promise<readonly Example[]> {
  const others = entries.filter((entry) => !entry.endsWith(extension));
  const examples = entries
    .filter((entry) => entry.endsWith(extension))
    .map(async (file) => {
      const text = await textOf(file);
      const data = others.filter((entry) => dataPaths(text).includes(entry));
      return { file, summary: summaryOf(text), data };
    });
  const rank = ({ file }: Example): string => (file === firstExample ? '' : file);
  return (await Promise.all(examples)).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** The first sentence of the comment that a file begins with. */
function summaryOf(text: string): string {
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const comment = lines
    .slice(0, end)
    .map((line) => line.replace(/^#\s*/, ''))
    .join(' ');
  // "et al. 2015" is not the end of a sentence.
  return (/^.*?(?=\. [A-Z]|\.$)/.exec(comment) ?? [comment])[0];
}

/** First folders, or files, of what may be paths of data: the values of the section `data`. */
function dataPaths(text: string): readonly string[] {
  const section = /^ +data:.*(?:\n {3,}.*)*/m.exec(text)?.[0] ?? '';
  return section.split(/[\s{}[\],:'"]+/).map((word) => word.replace(/^\.\//, '').split('/')[0]!);
}

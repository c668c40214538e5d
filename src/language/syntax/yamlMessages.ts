import * as l10n from '@vscode/l10n';

/** What the parser of YAML says, so that it can be translated: its messages, with placeholders for what differs. */
export const yamlMessages: readonly string[] = [
  'A block sequence may not be used as an implicit map key',
  'A node can have at most one anchor',
  'A node can have at most one tag',
  'Alias cannot be an empty string',
  'Alias ending in : is ambiguous',
  'All mapping items must start at the same column',
  'All sequence items must start at the same column',
  'An alias node must not specify any properties',
  'Anchor cannot be an empty string',
  'Anchor ending in : is ambiguous',
  'Anchors and tags must be after the {0} indicator',
  'Block collections are not allowed within flow collections',
  'Block scalar header includes extra characters: {0}',
  'Block scalar lines must not be less indented than their {0}',
  'Block scalar values in collections must be indented',
  'Comments must be separated from other tokens by white space characters',
  'Flow map in block collection must be sufficiently indented and end with a }',
  'Flow map must end with a }',
  'Flow sequence in block collection must be sufficiently indented and end with a ]',
  'Flow sequence must end with a ]',
  'Flow end indicator should be more indented than parent',
  'Implicit keys need to be on a single line',
  'Implicit keys of flow sequence pairs need to be on a single line',
  'Implicit map keys need to be followed by map values',
  'Invalid escape sequence {0}',
  'Missing closing "quote',
  "Missing closing 'quote",
  'Map comment with trailing content',
  'Missing , between flow map items',
  'Missing , between flow sequence items',
  'Missing , or : between flow map items',
  'Missing , or : between flow sequence items',
  'Missing directives-end/doc-start indicator line',
  'Missing newline after block sequence props',
  'Missing space after : in flow map',
  'Missing space after : in flow sequence',
  'Nested mappings are not allowed in compact mappings',
  'Not a YAML token: {0}',
  'Plain value cannot start with a tab character',
  'Plain value cannot start with block scalar indicator {0}',
  'Plain value cannot start with directive indicator character {0}',
  'Plain value cannot start with flow indicator character {0}',
  'Plain value cannot start with reserved character {0}',
  'Sequence item without - indicator',
  'Tabs are not allowed as indentation',
  'Tags and anchors must be separated from the next token by white space',
  'The : indicator must be at most 1024 chars after the start of an implicit block mapping key',
  'The : indicator must be at most 1024 chars after the start of an implicit flow sequence key',
  'Unexpected empty item in flow map',
  'Unexpected empty item in flow sequence',
  'Unexpected , in flow map',
  'Unexpected , in flow sequence',
  'Unexpected block-seq-ind on same line with key',
  'Unexpected {0} at node end',
  'Unexpected {0} token in YAML document: {1}',
  'Unexpected {0} token in YAML stream: {1}',
  'Unexpected {0} token in YAML stream',
  'Unexpected {0} token',
  'Unknown directive {0}',
  'Unresolved tag: {0}',
  // Our own, among those of the parser.
  'a model file is one YAML document: remove the line ---',
];

const patterns = yamlMessages.map((message) => {
  const source = message
    .split(/\{\d\}/)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('(.+)');
  return { message, pattern: new RegExp(`^${source}$`, 's') };
});

/** A message of the parser of YAML in the language of the reader. */
export function yamlMessage(text: string): string {
  for (const { message, pattern } of patterns) {
    const match = pattern.exec(text);
    if (match) return l10n.t(message, ...match.slice(1));
  }
  return l10n.t('this is not valid YAML: {0}', text);
}

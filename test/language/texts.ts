/** A model file over points of 6 features and 4 classes, from lines of its `layers:`. */
export function onPoints(...layers: readonly string[]): string {
  return file(layers, '{ gaussian-blobs: { features: 6, classes: 4 } }');
}

/** A model file over 65 token ids in sequences of 8, from lines of its `layers:`. */
export function onTokens(...layers: readonly string[]): string {
  return file(layers, '{ text: none.txt, context: 8 }');
}

function file(layers: readonly string[], data: string): string {
  return ['layers:', ...layers.map((line) => `  ${line}`), 'train:', `  data: ${data}`, ''].join(
    '\n',
  );
}

/** What a text must lead to: the code, what is underlined, what the message says; and nothing else. */
export interface DiagnosticCase {
  readonly code: string;
  readonly text: string;
  readonly at: string;
  readonly message: RegExp;
  readonly line?: number;
  readonly path?: string;
  readonly severity?: 'warning';
}

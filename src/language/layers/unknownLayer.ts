import { defineLayer } from './definition.ts';

/**
 * Stands where the file names a layer that nobody knows, so that its place is kept: it is drawn and has a name and a path. It is
 * in no registry and is never lowered: by name its value is unknown, and the layer after it takes what went into it.
 */
export const unknownLayer = defineLayer({
  type: '',
  category: 'shape',
  doc: { summary: '', formula: '' },
  arguments: {},
  parameters: [],
  lower: () => undefined,
});

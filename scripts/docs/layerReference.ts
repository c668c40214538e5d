import { functionNames } from '../../src/language/syntax/expressions.ts';
import { diagnosticCodes } from '../../src/language/syntax/codes.ts';
import { scheduleArguments, trainingNumbers } from '../../src/language/check/training.ts';
import type { ArgumentSpecs } from '../../src/language/layers/arguments.ts';
import { fallbackText, kindText } from '../../src/language/layers/argumentText.ts';
import { dataNames } from '../../src/language/layers/dataShapes.ts';
import { dataSources } from '../../src/language/layers/dataSources.ts';
import type { LayerDefinition } from '../../src/language/layers/definition.ts';
import { initializers } from '../../src/language/layers/initializers.ts';
import { losses } from '../../src/language/layers/losses.ts';
import { optimizers } from '../../src/language/layers/optimizers.ts';
import { layerDefinitions } from '../../src/language/layers/registry.ts';

/** `docs/layers.md`: everything that a model file can hold. */
export function layerReference(): string {
  const lines = [
    '# The model file',
    '',
    '<!-- Written by scripts/generateDocs.ts from the registry of layers. Do not edit by hand. -->',
    '',
    ...language(),
    '## Layers',
    '',
    ...layerDefinitions.flatMap(layerLines),
    '## Training',
    '',
    'Numbers under `train:`:',
    '',
    ...argumentTable(trainingNumbers),
    '### schedule',
    '',
    'The learning rate over the steps; `constant` by default.',
    '',
    ...argumentTable(scheduleArguments),
    '## Data',
    '',
    ...[...dataSources.values()].flatMap(kindLines),
    '## Losses',
    '',
    ...[...losses.values()].flatMap(kindLines),
    '## Optimizers',
    '',
    ...[...optimizers.values()].flatMap(kindLines),
    '## Initializers',
    '',
    "PyTorch's `torch.nn.init`, without the trailing underscore.",
    '',
    ...[...initializers.values()].flatMap(kindLines),
    '## Messages',
    '',
    '| code | meaning |',
    '| --- | --- |',
    ...Object.entries(diagnosticCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`),
    '',
  ];
  return lines.join('\n');
}

function language(): readonly string[] {
  return [
    '| key | holds |',
    '| --- | --- |',
    "| `model` | The model's name. |",
    '| `let` | Values by name: numbers, formulas, true or false, words such as `pre`. |',
    '| `define` | Lists of layers by name, to be used like a layer. |',
    '| `init` | Initializers by layer type and parameter; a layer’s own `init` goes first. |',
    '| `layers` | The layers, in order. |',
    '| `train` | Data, loss, optimizer and how long to train. |',
    '',
    '**A layer** is written `GELU`, `Linear: 128` or `Linear: { out_features: 128, bias: false }`. Every layer takes, among its',
    'arguments or beside its type:',
    '',
    '- `name`: its name in paths.',
    '- `from`: the path of the layer whose output it takes, in place of the one before it; `input` is the model’s input.',
    '- `init`: initializers by parameter, e.g. `{ weight: { normal: { std: 0.02 } } }`.',
    '- `share`: parameters of other layers to use in place of own ones, e.g. `{ weight: tokens.weight }`. In state dicts a shared',
    '  parameter has the path of the layer that made it.',
    '',
    '**Paths.** A layer without a name is named by its index in its list, as in `torch.nn.Sequential`; named layers count too.',
    'The path of a layer is the names of its containers and its own, joined by dots: `blocks.3.attention.norm`.',
    '',
    '| place | path |',
    '| --- | --- |',
    '| n-th time of `Repeat: { name: blocks }` | `blocks.n` |',
    '| layer of the body of a residual `r` | `r.0`, `r.1`, or its name |',
    '| norm of a residual `r` | `r.norm`; with `placement: peri` the one after the branch is `r.norm_out` |',
    '| projection of the skip of a residual `r` | `r.shortcut`; where the branch convolves `r.downsample.0`, and its norm `r.downsample.1` |',
    '| activation after the sum of a residual `r` | `r.after` |',
    '| use of a define | its layers count as layers of the list that it is used in; with a `name` they have a container of that name |',
    '| parameter of a layer `l` | `l.weight`, `l.bias`, ... as in PyTorch’s state dict |',
    '',
    'A path after `from`, `context` or `share` is looked up beside the layer first, then beside each of its containers, outward.',
    '',
    `**Formulas** stand wherever a number does: \`+ - * / % **\`, parentheses, ${functionNames.join(', ')}, names of \`let\`, and the`,
    `sizes known from the data: ${dataNames.map((name) => `\`${name}\``).join(', ')}. Inside of \`{ }\` and \`[ ]\` a formula with a comma needs quotes.`,
    '',
  ];
}

function layerLines(layer: LayerDefinition): readonly string[] {
  const { formula, url, summary } = layer.doc;
  const parameters = layer.parameters.map((name) => `\`${name}\``).join(', ');
  return [
    `### ${layer.type}`,
    '',
    summary,
    ...(formula === undefined ? [] : ['', `\`${formula}\``]),
    ...(url === undefined ? [] : ['', `<${url}>`]),
    '',
    ...argumentTable(layer.arguments, layer.positional),
    ...(parameters === '' ? [] : [`Parameters: ${parameters}.`, '']),
  ];
}

function kindLines(kind: {
  readonly type: string;
  readonly doc: string;
  readonly positional?: string;
  readonly arguments: ArgumentSpecs;
}): readonly string[] {
  return [`### ${kind.type}`, '', kind.doc, '', ...argumentTable(kind.arguments, kind.positional)];
}

function argumentTable(specs: ArgumentSpecs, positional?: string): readonly string[] {
  const entries = Object.entries(specs);
  if (entries.length === 0) return [];
  return [
    '| argument | value | default | |',
    '| --- | --- | --- | --- |',
    ...entries.map(([name, { kind, fallback, doc }]) => {
      const shown = name === positional ? `**\`${name}\`**` : `\`${name}\``;
      return `| ${shown} | ${kindText(kind)} | ${fallbackText(fallback)} | ${doc} |`;
    }),
    '',
    ...(positional === undefined ? [] : [`\`${positional}\` may stand without its name.`, '']),
  ];
}

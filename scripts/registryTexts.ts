import { scheduleArguments, trainingNumbers } from '../src/language/check/training.ts';
import { commonKeyDocs } from '../src/language/edit/describe.ts';
import { fileKeys, trainingKeys } from '../src/language/edit/places.ts';
import type { ArgumentSpecs } from '../src/language/layers/arguments.ts';
import { dataSources } from '../src/language/layers/dataSources.ts';
import { initializers } from '../src/language/layers/initializers.ts';
import { losses } from '../src/language/layers/losses.ts';
import { optimizers } from '../src/language/layers/optimizers.ts';
import { layerDefinitions } from '../src/language/layers/registry.ts';
import { yamlMessages } from '../src/language/syntax/yamlMessages.ts';
import { functions } from '../src/statistics/expressions/functions.ts';
import { rules } from '../src/statistics/rules/definitions.ts';

/**
 * Every text of a registry that is translated where it is shown: documentation of layers, arguments, data, losses, optimizers,
 * initializers and functions, the rules, and messages of the parser of YAML. Formulas are the same in every language.
 */
export function registryTexts(): readonly string[] {
  const kinds = [dataSources, losses, optimizers, initializers].flatMap((map) => [...map.values()]);
  return [
    ...layerDefinitions.flatMap((layer) => [
      layer.doc.summary,
      layer.category,
      ...argumentTexts(layer.arguments),
    ]),
    ...kinds.flatMap((kind) => [kind.doc, ...argumentTexts(kind.arguments)]),
    ...argumentTexts(trainingNumbers),
    ...argumentTexts(scheduleArguments),
    ...[...Object.values(fileKeys), ...Object.values(trainingKeys)].map(({ doc }) => doc),
    ...Object.values(commonKeyDocs),
    ...rules.flatMap(({ label, description, remedy }) => [label, description, remedy]),
    ...[...functions.values()].map(({ doc }) => doc),
    ...yamlMessages,
  ];
}

function argumentTexts(specs: ArgumentSpecs): readonly string[] {
  return Object.values(specs).flatMap(({ doc, fallback }) =>
    fallback.kind === 'absent' ? [doc, fallback.meaning] : [doc],
  );
}

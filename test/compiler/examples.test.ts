import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseGraph } from '../../src/compiler/graph/parse.ts';
import { printGraph } from '../../src/compiler/graph/print.ts';
import type { Graph } from '../../src/compiler/graph/types.ts';
import { graphProblems } from '../../src/compiler/graph/verify.ts';
import { encodeModel } from '../../src/compiler/onnx/encode.ts';
import { shapeRules } from '../../src/compiler/ops/registry.ts';
import {
  compileEvaluation,
  compileRecording,
  compileTraining,
} from '../../src/compiler/passes/programs.ts';
import { checkModel } from '../../src/language/check/check.ts';
import { lowerModel } from '../../src/language/lower/lower.ts';

const folder = path.join(import.meta.dirname, '../../examples');
const facts = { vocabulary: 65, sample: [1, 28, 28], classes: 10, samples: 60_000 };

/** Every program of every example model holds what the verifier demands, and can be written down. */
describe('programs of the examples', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.model.yaml'))) {
    const text = readFileSync(path.join(folder, file), 'utf8');

    it(file, () => {
      const { model } = checkModel(text, { facts });
      assert.ok(model);
      const forward = lowerModel(model, { mode: 'training' });
      const training = compileTraining(forward);
      check(training.graph);
      check(compileEvaluation(lowerModel(model, { mode: 'evaluation' })).graph);
      check(compileRecording(lowerModel(model, { mode: 'training' })).graph);
      for (const node of training.graph.nodes) {
        const { stage, path: layer, line } = node.origin;
        const nowhere = layer === '' && line === 0;
        assert.ok(nowhere || line > 0, `${node.op} of ${layer} (${stage}) has no line`);
      }
    });
  }
});

function check(graph: Graph): void {
  assert.deepEqual(graphProblems(graph, shapeRules), []);
  assert.ok(encodeModel(graph).length > 1000);
  // Text has no names with blanks, and reads back as the same graph.
  const text = printGraph(graph);
  assert.equal(printGraph(parseGraph(text, shapeRules)), text);
}

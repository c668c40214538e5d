import assert from 'node:assert/strict';
import { opDefinition, ops } from '../../src/compiler/ops/registry.ts';
import { formulas } from './oracle/formulas.ts';
import { opCases } from './oracle/opCases.ts';
import { NormscopeError } from '../../src/base/errors.ts';

describe('op registry', () => {
  for (const [name, definition] of ops) {
    it(`${name} is complete`, () => {
      assert.equal(typeof definition.infer, 'function', 'shape rule');
      const { gradient, onnx } = definition;
      assert.ok(gradient === 'none' || typeof gradient === 'function', 'gradient rule or none');
      assert.ok(['', 'com.microsoft'].includes(onnx.domain), 'ONNX domain');
      const types = Object.values(onnx.attributes);
      assert.ok(types.every((type) => ['int', 'float', 'ints', 'string'].includes(type)));
      assert.equal(onnx.operands.filter((operand) => operand in onnx.attributes).length, 0);
      assert.ok(name in formulas, 'a formula of the float64 oracle');
      assert.ok(name in opCases, 'an entry in the table of cases');
    });
  }

  it('is all that the oracle and the table of cases know', () => {
    const known = [...ops.keys()].sort();
    assert.deepEqual(Object.keys(formulas).sort(), known);
    assert.deepEqual(Object.keys(opCases).sort(), known);
  });

  it('names what it does not hold', () => {
    assert.throws(
      () => opDefinition('Sine'),
      (error) => error instanceof NormscopeError && error.message.includes('Sine'),
    );
  });
});

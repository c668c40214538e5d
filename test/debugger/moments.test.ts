import assert from 'node:assert/strict';
import {
  advance,
  findMoment,
  leafAt,
  retreat,
  unitAt,
  type Move,
  type Position,
} from '../../src/debugger/moments.ts';
import { StepRecord } from '../../src/debugger/record.ts';
import { recordOf, smallModel } from './fakeEngine.ts';

const record = new StepRecord(recordOf(smallModel, 0));
const { moments } = record;

function nameOf(position: Position): string {
  return `${moments[position.index]!.phase} ${unitAt(moments, position).path}`;
}

/** Places that a series of the same move visits, the first one included. */
function walk(move: Move, first: Position): readonly Position[] {
  const visited: Position[] = [];
  let place: Position | undefined = first;
  while (place) {
    visited.push(place);
    place = advance(moments, place, move);
  }
  return visited;
}

function find(phase: 'forward' | 'backward' | 'update', path: string): Position {
  const found = findMoment(moments, phase, path);
  assert.ok(found, `there is no ${phase} ${path}`);
  return found;
}

describe('walking a step', () => {
  const start = leafAt(moments, 0);

  it('steps over blocks as a whole, and through the backward pass in reverse', () => {
    assert.deepEqual(walk('over', start).slice(0, 8).map(nameOf), [
      'forward start',
      'forward blocks',
      'forward end',
      'loss loss',
      'backward end',
      'backward blocks',
      'backward start',
      'update start',
    ]);
  });

  it('steps into every layer', () => {
    const visited = walk('into', start);
    assert.deepEqual(
      visited.map(({ index }) => index),
      moments.map(({ index }) => index),
    );
    assert.deepEqual(visited.slice(1, 4).map(nameOf), [
      'forward blocks.0.main.norm',
      'forward blocks.0.main.0',
      'forward blocks.0.main',
    ]);
  });

  it('steps over the layers beside one inside of a block, then out of it', () => {
    const norm = find('forward', 'blocks.0.main.norm');
    const linear = advance(moments, norm, 'over')!;
    assert.equal(nameOf(linear), 'forward blocks.0.main.0');
    const residual = advance(moments, norm, 'out')!;
    assert.equal(nameOf(residual), 'forward blocks.0.main');
    assert.equal(moments[residual.index]!.path, 'blocks.0.main', 'the sum belongs to its residual');
    assert.equal(nameOf(advance(moments, residual, 'out')!), 'forward blocks.0');
  });

  it('leaves a phase when there is no block to leave', () => {
    assert.equal(nameOf(advance(moments, start, 'out')!), 'loss loss');
    assert.equal(advance(moments, find('update', 'end'), 'out'), undefined);
  });

  it('goes back the way it came', () => {
    const inside = find('forward', 'blocks.0.main.norm');
    const inBlock = walk('over', inside).slice(0, 3);
    for (const there of [walk('over', start), inBlock]) {
      there.slice(1).forEach((place, at) => {
        assert.deepEqual(retreat(moments, place), there[at], `before ${nameOf(place)}`);
      });
    }
    assert.equal(retreat(moments, start), undefined);
  });

  it('finds layers, containers and parameters', () => {
    assert.equal(nameOf(find('backward', 'blocks.1.main.norm')), 'backward blocks.1.main.norm');
    assert.equal(nameOf(find('forward', 'blocks.1')), 'forward blocks.1');
    assert.equal(nameOf(find('update', 'end.weight')), 'update end');
    assert.equal(findMoment(moments, 'forward', 'nothing'), undefined);
  });

  it('names the frames from the layer out to the run', () => {
    const frames = record.framesAt(find('forward', 'blocks.0.main.norm'), 'small');
    assert.deepEqual(
      frames.map(({ name, line }) => [name, line]),
      [
        ['norm (LayerNorm)', 10],
        ['main (Residual)', 8],
        ['0 (Sequential)', 8],
        ['blocks (Repeat)', 4],
        ['forward', 4],
        ['step 0', 4],
        ['small', 1],
      ],
    );
  });
});

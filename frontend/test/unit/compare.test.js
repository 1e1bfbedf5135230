// @ts-check
import { expect, test } from 'vitest';
import { compare } from '../../src/model/compare.js';
import { twoPasses } from '../synthetic.js';

test('a new op is added, its reader is changed, the rest is the same', () => {
  const trace = twoPasses().trace();
  const [first, second] = trace.passes;
  const forward = compare(trace, first, second);
  expect([...forward.same]).toEqual(['2.0']);
  expect([...forward.added]).toEqual(['2.1']);
  expect([...forward.changed]).toEqual(['2.2']);
  expect(forward.gone).toEqual([]);
});

test('an op of the other page alone is gone', () => {
  const trace = twoPasses().trace();
  const [first, second] = trace.passes;
  expect(compare(trace, second, first).gone.map((op) => op.name)).toEqual(['tanh']);
});

test('a page against nothing is all new, against itself all the same', () => {
  const trace = twoPasses().trace();
  const [first] = trace.passes;
  expect(compare(trace, null, first).added.size).toBe(2);
  expect(compare(trace, first, first).same.size).toBe(2);
});
